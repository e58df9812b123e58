import type { Owner } from "./jobs.ts";

/** Whose order it is; orders of all workspaces count together. */
export type Orderer = Omit<Owner, "workspace">;

export interface OrderLimits {
  /** Jobs that wait or run, and orders that are being taken, at once. */
  readonly waiting: number;
  /** Orders of 24 hours. */
  readonly perDay: number;
  /** Milliseconds from one order to the next, at most a day. 0 by default. */
  readonly cooldown?: number;
  /** Of orders of that pack, with whatever style, besides what holds for all. */
  readonly pack?: { readonly name: string; readonly waiting: number; readonly perDay: number };
}

/** Whether there is room for one more order. */
export type OrderRoom =
  | { readonly kind: "room" }
  | { readonly kind: "waiting"; readonly unfinished: number; readonly pack?: string }
  /** There is room again once the order made at `oldest` is a day old; `null` where the limit is 0. */
  | {
      readonly kind: "per-day";
      readonly orders: number;
      readonly oldest: number | null;
      /** Whose limit it is; absent where it is that of all. */
      readonly pack?: string;
    }
  /** There is room again at `until`. */
  | { readonly kind: "cooldown"; readonly until: number };

/** How long an order counts, and how long a reservation whose process did not release it, milliseconds. */
export const orderPeriods = { day: 24 * 60 * 60 * 1000, reservation: 60 * 60 * 1000 } as const;

/**
 * What limits count. An order is reserved before its picture is fetched, so that of many at once no more are taken than
 * the limits allow; `JobStore.add` turns the reservation of the job's id into an order. Orders are kept for a day without the
 * person's id, by a keyed hash of it, and outlive the jobs: who has everything forgotten has not asked for less.
 */
export interface OrderStore {
  room(orderer: Orderer, limits: OrderLimits, now: number): Promise<OrderRoom>;
  /** Looks and reserves in one transaction; where there is no room, nothing is reserved. */
  reserve(
    order: { readonly id: string; readonly orderer: Orderer; readonly limits: OrderLimits },
    now: number,
  ): Promise<OrderRoom>;
  /** No job came of it. Nothing where there is no such reservation. */
  release(id: string): Promise<void>;
}
