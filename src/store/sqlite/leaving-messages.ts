import { z } from "zod";
import type { LeavingMessage, RemovalStore } from "../removals.ts";
import type { Database } from "./database.ts";
import { parsed, placeSchema } from "./jobs/rows.ts";

/** Messages that are to go, as `createRemovals` and departures note them. */
export function createLeavingMessages(database: Database): RemovalStore {
  const columns = "SELECT key, job, platform, message, place, begun_at, since, tries FROM leaving_posts";
  const due = database.prepare<LeavingRow>(`${columns} WHERE next_at <= ? ORDER BY next_at, key`);
  const ofJobs = database.prepare<LeavingRow>(
    `${columns} WHERE job IN (SELECT value FROM json_each(?)) ORDER BY since, key`,
  );
  const removed = database.prepare("DELETE FROM leaving_posts WHERE key = ?");
  const stays = database.prepare(
    "UPDATE leaving_posts SET tries = tries + 1, next_at = :nextAt WHERE key = :key",
  );
  const leave = database.prepare(`
    INSERT OR IGNORE INTO leaving_posts (key, job, platform, message, begun_at, since, next_at)
    VALUES (:key, '', :platform, :message, :now, :now, :nextAt)`);
  return {
    async leave({ platform, workspace, channel, message, thread }, now) {
      const left = JSON.stringify({ platform, workspace, channel, message, thread });
      const key = `left ${platform} ${channel} ${message}`;
      leave.run({ key, platform, message: left, now, nextAt: now + firstPause });
    },
    messages: async (now, jobs) =>
      (jobs ? ofJobs.all([JSON.stringify(jobs)]) : due.all([now])).map(leavingOf),
    async messageRemoved(key) {
      removed.run([key]);
    },
    async messageStays(key, nextAt) {
      stays.run({ key, nextAt });
    },
  };
}

/** Whoever left it has just tried. */
const firstPause = 60_000;

interface LeavingRow {
  readonly key: string;
  readonly job: string;
  readonly platform: string;
  readonly message: string | null;
  readonly place: string | null;
  readonly begun_at: number;
  readonly since: number;
  readonly tries: number;
}

/** A message as its row has it. */
export const messageSchema = z.object({
  platform: z.string(),
  workspace: z.string().nullable(),
  channel: z.string(),
  message: z.string(),
  thread: z.string().nullable(),
});

function leavingOf({
  key,
  job,
  platform,
  message,
  place,
  begun_at,
  since,
  tries,
}: LeavingRow): LeavingMessage {
  return {
    ...{ key, job, platform, begunAt: begun_at, since, tries },
    message: message === null ? null : parsed(message, messageSchema),
    place: place === null ? null : parsed(place, placeSchema),
  };
}
