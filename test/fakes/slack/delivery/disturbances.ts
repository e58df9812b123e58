import type { PayloadType } from "./delivery.ts";

/** What goes wrong with a delivery on purpose. */
export interface Disturbance {
  /** Delivers the payload a second time; an event keeps its event id. */
  readonly duplicate?: boolean;
  /** Milliseconds by which it comes later than it happened. */
  readonly delay?: number;
  /** HTTP mode: a signature of another secret. */
  readonly wrongSignature?: boolean;
  /** HTTP mode: seconds by which the signed timestamp lies in the past; below 0, ahead. */
  readonly stale?: number;
}

export interface Disturbances {
  add(disturbance: Disturbance & { readonly times?: number; readonly type?: PayloadType }): void;
  /** What goes wrong with the next payload of that type; an empty disturbance for nothing. */
  take(type: PayloadType): Disturbance;
}

export function createDisturbances(): Disturbances {
  const waiting: { left: number; readonly type: PayloadType | null; readonly disturbance: Disturbance }[] =
    [];
  return {
    add({ times = 1, type, ...disturbance }) {
      waiting.push({ left: times, type: type ?? null, disturbance });
    },
    take(type) {
      const next = waiting.find((one) => one.type === null || one.type === type);
      if (next === undefined) return {};
      next.left -= 1;
      if (next.left === 0) waiting.splice(waiting.indexOf(next), 1);
      return next.disturbance;
    },
  };
}
