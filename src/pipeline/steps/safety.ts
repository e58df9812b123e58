import { setImmediate as otherEvents } from "node:timers/promises";
import { EditError, throwIfCancelled } from "../../errors.ts";
import type { SafetyPolicy, SafetyReport } from "../../types.ts";
import { type Warning, warning } from "../../warnings.ts";
import type { Picture } from "../image/picture.ts";
import type { Patch } from "./patches.ts";
import type { SafetyModel } from "./safety-model.ts";

/** From this probability on a picture counts as unsafe: more likely so than not. */
const threshold = 0.5;

/** The safety model at work on one edit. */
export interface SafetyCheck {
  /**
   * Looks at the picture, before anything is spent on it. `null` where nothing is checked.
   * @throws EditError `picture-refused`
   */
  checkPicture(picture: Picture): Promise<SafetyReport | null>;
  /** Looks at one painted result as it will be delivered, before the others are there. */
  inspect(patch: Patch, compose: (patch: Patch) => Promise<Picture>): Promise<Inspected>;
  /**
   * Looks at each painted result as it will be delivered, and leaves out what is refused.
   * @throws EditError `picture-refused` where that is all of them; `cancelled`
   */
  sift<P extends { readonly patch: Patch }>(
    painted: readonly P[],
    compose: (patch: Patch) => Promise<Picture>,
  ): Promise<Sifted<P>>;
}

export interface Inspected {
  /** Its probability, 0 to 1; `null` where nothing was checked. */
  readonly unsafe: number | null;
  /** It is, or the source, most of which it shows. */
  readonly isUnsafe: boolean;
  readonly isRefused: boolean;
}

export interface Sifted<P> {
  /** `unsafe` is its probability, 0 to 1; `null` where nothing was checked. */
  readonly kept: readonly (P & { readonly unsafe: number | null })[];
  readonly warnings: readonly Warning[];
}

export interface SafetyOptions {
  /** `null` where the operator has set none: then nothing is checked. */
  readonly model: SafetyModel | null;
  readonly policy: SafetyPolicy;
  /** A result that is unsafe is refused where the source is not: the edit made it so. Default false. */
  readonly refusesNewlyUnsafe?: boolean;
  readonly signal: AbortSignal;
}

export function createSafetyCheck({
  model,
  policy,
  refusesNewlyUnsafe = false,
  signal,
}: SafetyOptions): SafetyCheck {
  if (model === null || policy === "off") {
    return {
      checkPicture: async () => null,
      inspect: async () => ({ unsafe: null, isUnsafe: false, isRefused: false }),
      sift: async (painted) => ({
        kept: painted.map((result) => ({ ...result, unsafe: null })),
        warnings: [],
      }),
    };
  }
  /** How unsafe the source is. */
  let source = 0;
  const isRefused = (probability: number) =>
    probability >= threshold && (policy === "refuse" || (refusesNewlyUnsafe && source < threshold));
  /** No result is looked at twice. */
  const seen = new WeakMap<Patch, number>();

  const look = async (patch: Patch, compose: (patch: Patch) => Promise<Picture>): Promise<number> => {
    const unsafe = seen.get(patch) ?? (await model.inspect(await compose(patch)));
    seen.set(patch, unsafe);
    // Each look blocks the thread; a worker that is not heard of for a few of them would count as hung.
    await otherEvents();
    throwIfCancelled(signal);
    return unsafe;
  };

  return {
    async checkPicture(picture) {
      const input = await model.inspect(picture);
      throwIfCancelled(signal);
      source = input;
      if (policy === "refuse" && input >= threshold) throw refusal("picture", input);
      return { model: model.name, threshold, input };
    },
    async inspect(patch, compose) {
      const unsafe = await look(patch, compose);
      return { unsafe, isUnsafe: Math.max(unsafe, source) >= threshold, isRefused: isRefused(unsafe) };
    },
    async sift(painted, compose) {
      const inspected = [];
      for (const result of painted) {
        // One at a time: large pictures must not all be in memory, and a cancel is seen in between.
        inspected.push({ ...result, unsafe: await look(result.patch, compose) });
      }
      const kept = inspected.filter(({ unsafe }) => !isRefused(unsafe));
      const [first] = inspected;
      if (kept.length === 0 && first) throw refusal("result", first.unsafe);
      const count = painted.length - kept.length;
      return { kept, warnings: count > 0 ? [warning("results-unsafe", { count })] : [] };
    },
  };
}

function refusal(what: "picture" | "result", probability: number): EditError {
  return new EditError(
    "picture-refused",
    `Expected a ${what} that is unsafe with a probability under ${threshold}, got one of ${probability.toFixed(3)}.`,
  );
}
