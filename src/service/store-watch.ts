import type { Clocks } from "../clocks.ts";
import { EditError } from "../errors.ts";
import type { Log } from "../log.ts";

export interface StoreWatchOptions {
  /** Resolves where what is written now is kept. @throws EditError of a storage failure */
  readonly look: () => Promise<void>;
  readonly log: Pick<Log, "error" | "info">;
  readonly clocks: Pick<Clocks, "monotonic">;
}

/** Whether what the bot promises can be kept; disposing of it ends its own looks. */
export interface StoreWatch extends Disposable {
  /**
   * Resolves where what is promised now can be kept. Looks where the last look is older than 5 s, or than 1 s where that found
   * a failure; whoever asks meanwhile waits for the same look.
   * @throws EditError `disk-full`, `store-unwritable`, `store-replaced`, `store-in-use`, `store-unreadable`
   */
  check(): Promise<void>;
  /** Resolves with `store-replaced` once another store lies in the place of this one: it never comes back. */
  readonly replaced: Promise<EditError>;
}

/** How long a look counts, milliseconds. */
const [goodLook, badLook] = [5000, 1000];
/** Between looks that nobody asked for, milliseconds: a data folder that is gone is told at night too. */
const ownLooks = 30_000;

/** Says in the log when it fails, and when it works again. */
export function createStoreWatch({ look, log, clocks }: StoreWatchOptions): StoreWatch {
  let last: { readonly at: number; readonly failure: EditError | null } | null = null;
  let looking: Promise<EditError | null> | null = null;
  let tellReplaced: (failure: EditError) => void = () => {};
  const replaced = new Promise<EditError>((resolve) => {
    tellReplaced = resolve;
  });

  async function lookNow(): Promise<EditError | null> {
    const failure = await look().then(() => null, failureOf);
    const before = last?.failure?.code ?? null;
    if (failure && failure.code !== before) {
      log.error(`nothing new is taken: ${failure.message}`, { code: failure.code });
    } else if (!failure && before) log.info("what is promised can be kept again");
    if (failure?.code === "store-replaced") tellReplaced(failure);
    last = { at: clocks.monotonic(), failure };
    return failure;
  }

  async function check(): Promise<void> {
    const counts = last?.failure ? badLook : goodLook;
    if (last && clocks.monotonic() - last.at < counts) {
      if (last.failure) throw last.failure;
      return;
    }
    looking ??= lookNow().finally(() => {
      looking = null;
    });
    const failure = await looking;
    if (failure) throw failure;
  }

  const timer = setInterval(() => void check().catch(() => {}), ownLooks);
  timer.unref();
  return { check, replaced, [Symbol.dispose]: () => clearInterval(timer) };
}

function failureOf(error: unknown): EditError {
  if (error instanceof EditError) return error;
  const got = error instanceof Error ? error.message : String(error);
  return new EditError("store-unwritable", `Expected to write to the data folder, got ${got}.`, {
    cause: error,
  });
}
