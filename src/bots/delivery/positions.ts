import { setImmediate as nextTurn } from "node:timers/promises";
import type { Scheduler, Standing } from "../../queue/scheduler.ts";

/** Where waiting jobs stand, as their messages tell it. */
export interface Positions extends Disposable {
  /** Asked of the scheduler at most once a second, unless the job came in since. */
  of(job: string): Promise<Standing | null>;
  /**
   * The queue has changed: a while later, so that many changes are told as one, jobs whose position is another are told
   * of, those that know theirs longest first.
   */
  changed(): void;
}

export interface PositionsParts {
  readonly scheduler: Pick<Scheduler, "standings">;
  /** The message of a job is to show its position. */
  readonly tell: (job: string) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
  /** Monotonic, in milliseconds. */
  readonly clock: () => number;
}

const freshMilliseconds = 1000;
const gatheringMilliseconds = 15_000;
/** Edits are held to a few a minute in any channel, so more at once would only wait in the outbox. */
const toldAtOnce = 200;

/** Disposing of it tells nothing more. */
export function createPositions({ scheduler, tell, onFailure, clock }: PositionsParts): Positions {
  /** In the order of telling. */
  const told = new Map<string, number>();
  let latest: { readonly at: number; readonly standings: Promise<ReadonlyMap<string, Standing>> } | null =
    null;
  let timer: NodeJS.Timeout | null = null;
  let isDisposed = false;

  function ask(): Promise<ReadonlyMap<string, Standing>> {
    latest = { at: clock(), standings: scheduler.standings() };
    return latest.standings;
  }

  function changed(): void {
    if (isDisposed) return;
    timer ??= setTimeout(() => {
      timer = null;
      void tellOfChanged().catch(onFailure);
    }, gatheringMilliseconds);
  }

  async function tellOfChanged(): Promise<void> {
    const standings = await ask();
    for (const job of [...told.keys()]) if (!standings.has(job)) told.delete(job);
    const untold = [...standings.keys()].filter((job) => !told.has(job));
    const moved = [...told.keys()].filter((job) => standings.get(job)?.position !== told.get(job));
    const due = [...untold, ...moved];
    for (const [index, job] of due.slice(0, toldAtOnce).entries()) {
      if (isDisposed) return;
      told.delete(job);
      told.set(job, standings.get(job)?.position ?? 0);
      await tell(job);
      // The store answers at once, so without a pause nothing else would get its turn.
      if (index % 20 === 19) await nextTurn();
    }
    if (due.length > toldAtOnce) changed();
  }

  return {
    async of(job) {
      const isFresh = latest !== null && clock() - latest.at < freshMilliseconds;
      const known = isFresh ? await latest?.standings : undefined;
      return (known?.has(job) ? known : await ask()).get(job) ?? null;
    },
    changed,
    [Symbol.dispose]() {
      isDisposed = true;
      if (timer) clearTimeout(timer);
    },
  };
}
