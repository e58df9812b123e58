import type { EventLog } from "../events.ts";
import type { Database } from "./database.ts";

export function createEvents(database: Database): EventLog {
  const note = database.prepare("INSERT OR IGNORE INTO events (id, at) VALUES (:id, :now)");
  return { isNew: async (id, now) => note.run({ id, now }) > 0 };
}
