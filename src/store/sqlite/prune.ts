import type { Database } from "./database.ts";
import type { Orders } from "./orders.ts";

/** Slack delivers again for up to a day, Discord not at all. */
const eventsAreKeptFor = 48 * 60 * 60 * 1000;

/** Takes away what nobody asks for any more. */
export function createPrune(database: Database, orders: Orders): (now: number) => void {
  const drafts = database.prepare("DELETE FROM drafts WHERE expires_at <= ?");
  const events = database.prepare("DELETE FROM events WHERE at < ?");
  return (now) =>
    database.transaction(() => {
      drafts.run([now]);
      events.run([now - eventsAreKeptFor]);
      orders.prune(now);
    });
}
