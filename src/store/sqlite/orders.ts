import { createHmac } from "node:crypto";
import { EditError } from "../../errors.ts";
import { personOf } from "../jobs.ts";
import { type Orderer, type OrderLimits, type OrderRoom, type OrderStore, orderPeriods } from "../orders.ts";
import type { Database } from "./database.ts";

/** The port, and what other parts of the store do with orders in transactions of theirs. */
export interface Orders {
  readonly port: OrderStore;
  /**
   * A job was added: its reservation, where there is one, becomes an order.
   * @throws EditError `cancelled` where the person had everything forgotten since it was reserved
   */
  take(id: string, orderer: Orderer, now: number): void;
  /** No job comes of what the person is ordering right now. */
  forget(orderer: Orderer): void;
  /** Drops what counts no longer. */
  prune(now: number): void;
}

/** Opened by the process that has the store: reservations from before are of a dead one, and go. */
export function createOrders(database: Database, key: Uint8Array): Orders {
  const unfinished = database.prepare<{ count: number }>(`
    SELECT (SELECT count(*) FROM jobs WHERE person = :person AND state IN ('waiting', 'running')
        AND (:pack IS NULL OR pack = :pack OR pack LIKE :pack || '+%'))
      + (SELECT count(*) FROM reservations WHERE person = :hash AND expires_at > :now
        AND (:pack IS NULL OR pack = :pack)) AS count`);
  const counted = `
    (SELECT at FROM orders WHERE person = :hash AND at > :since AND (:pack IS NULL OR pack = :pack) UNION ALL
     SELECT at FROM reservations WHERE person = :hash AND expires_at > :now AND (:pack IS NULL OR pack = :pack))`;
  const today = database.prepare<{ count: number }>(`SELECT count(*) AS count FROM ${counted}`);
  const newest = database.prepare<{ at: number }>(
    `SELECT at FROM ${counted} ORDER BY at DESC LIMIT 1 OFFSET :skipped`,
  );
  // Where the clock was set back, what came after now says nothing of how long ago it was.
  const last = database.prepare<{ at: number | null }>(
    `SELECT max(at) AS at FROM ${counted} WHERE at <= :now`,
  );
  const reserve = database.prepare(`
    INSERT OR REPLACE INTO reservations (id, person, at, expires_at, pack)
    VALUES (:id, :hash, :now, :expiresAt, :pack)`);
  const packOf = database.prepare<{ pack: string }>("SELECT pack FROM reservations WHERE id = ?");
  const release = database.prepare("DELETE FROM reservations WHERE id = ?");
  const forgotten = database.prepare("SELECT id FROM reservations WHERE id = ? AND is_forgotten = 1");
  const forget = database.prepare("UPDATE reservations SET is_forgotten = 1 WHERE person = ?");
  const order = database.prepare("INSERT INTO orders (person, at, pack) VALUES (:hash, :now, :pack)");
  const dropOrders = database.prepare("DELETE FROM orders WHERE at <= ?");
  const dropReservations = database.prepare("DELETE FROM reservations WHERE expires_at <= ?");
  const hashOf = (orderer: Orderer) => orderHash(key, personOf(orderer));

  function room(orderer: Orderer, limits: OrderLimits, now: number): OrderRoom {
    const { cooldown = 0, pack } = limits;
    const full =
      whatIsFull(orderer, limits, { pack: null, now }) ??
      (pack === undefined ? null : whatIsFull(orderer, pack, { pack: pack.name, now }));
    if (full || cooldown === 0) return full ?? { kind: "room" };
    const day = { hash: hashOf(orderer), now, since: now - orderPeriods.day, pack: null };
    const until = (last.first(day)?.at ?? Number.NEGATIVE_INFINITY) + cooldown;
    return until > now ? { kind: "cooldown", until } : { kind: "room" };
  }

  /** @param scope The pack whose orders are counted, `null` for all. */
  function whatIsFull(
    orderer: Orderer,
    { waiting, perDay }: Pick<OrderLimits, "waiting" | "perDay">,
    { pack, now }: { readonly pack: string | null; readonly now: number },
  ): OrderRoom | null {
    const hash = hashOf(orderer);
    const named = pack === null ? {} : { pack };
    const atOnce = unfinished.first({ person: personOf(orderer), hash, now, pack })?.count ?? 0;
    if (atOnce >= waiting) return { kind: "waiting", unfinished: atOnce, ...named };
    const day = { hash, now, since: now - orderPeriods.day, pack };
    const orders = today.first(day)?.count ?? 0;
    if (orders < perDay) return null;
    const oldest = perDay === 0 ? null : newest.first({ ...day, skipped: perDay - 1 });
    return { kind: "per-day", orders, oldest: oldest?.at ?? null, ...named };
  }

  database.execute("DELETE FROM reservations");
  return {
    port: {
      room: async (orderer, limits, now) => room(orderer, limits, now),
      reserve: async ({ id, orderer, limits }, now) =>
        database.transaction(() => {
          const found = room(orderer, limits, now);
          if (found.kind === "room") {
            const pack = limits.pack?.name ?? "";
            const expiresAt = now + orderPeriods.reservation;
            reserve.run({ id, hash: hashOf(orderer), now, expiresAt, pack });
          }
          return found;
        }),
      async release(id) {
        release.run([id]);
      },
    },
    take(id, orderer, now) {
      if (forgotten.first([id]))
        throw new EditError("cancelled", `Expected order ${id} to stand, got one of who had all forgotten.`);
      const pack = packOf.first([id])?.pack ?? "";
      release.run([id]);
      order.run({ hash: hashOf(orderer), now, pack });
    },
    forget(orderer) {
      forget.run([hashOf(orderer)]);
    },
    prune(now) {
      dropOrders.run([now - orderPeriods.day]);
      dropReservations.run([now]);
    },
  };
}

/** A person by a hash that only this store's key gives: what is kept of them after they had everything forgotten. */
export function orderHash(key: Uint8Array, person: string): string {
  return createHmac("sha256", key).update(`orders ${person}`).digest("base64url");
}
