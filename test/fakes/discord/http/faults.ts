import type { Json } from "../types.ts";

/** What goes wrong, with which requests, how often. */
export interface Fault {
  /** Default: any. */
  readonly method?: string;
  /** Tested against the path without version, such as `/channels/1/messages`. Default: any. */
  readonly path?: RegExp;
  /** Default 1. */
  readonly times?: number;
  /** Lets so many matching requests pass first. Default 0. */
  readonly after?: number;
  /** Answers with this status in place of doing what was asked: 429, 500, 403. */
  readonly status?: number;
  /** The JSON of that answer. Default: Discord's for a 429, else `{code: 0, message}`. */
  readonly body?: Json;
  /** Seconds, for a 429. Default 1. */
  readonly retryAfter?: number;
  /** A 429 of the whole bot, not of a route. */
  readonly global?: boolean;
  /** Cuts the connection: `before` anything is done, or `after` it was done and before the answer. */
  readonly drop?: "before" | "after";
  /** Milliseconds before anything is done. */
  readonly delay?: number;
}

export interface InjectedFault {
  /** Requests that met it. */
  readonly hits: number;
  remove(): void;
}

export interface FaultPlan {
  inject(fault: Fault): InjectedFault;
  /** The next fault for a request, counted as met. */
  take(method: string, path: string): Fault | undefined;
}

export function createFaults(): FaultPlan {
  const planned: { fault: Fault; seen: number; hits: number }[] = [];
  return {
    inject(fault) {
      const entry = { fault, seen: 0, hits: 0 };
      planned.push(entry);
      return {
        get hits() {
          return entry.hits;
        },
        remove() {
          const at = planned.indexOf(entry);
          if (at >= 0) planned.splice(at, 1);
        },
      };
    },
    take(method, path) {
      for (const entry of planned) {
        const { fault } = entry;
        if (fault.method !== undefined && fault.method !== method) continue;
        if (fault.path !== undefined && !fault.path.test(path)) continue;
        if (entry.hits >= (fault.times ?? 1)) continue;
        entry.seen++;
        if (entry.seen <= (fault.after ?? 0)) continue;
        entry.hits++;
        return fault;
      }
      return undefined;
    },
  };
}
