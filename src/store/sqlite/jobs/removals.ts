import { type JobStore, personOf, type Removed, statesOver } from "../../jobs.ts";
import type { Database } from "../database.ts";
import type { Logged } from "../logged.ts";
import type { Orders } from "../orders.ts";

/** How jobs and their pictures go, and what is noted of it for whoever removes the rest. */
export interface Removals {
  readonly jobs: Pick<JobStore, "expirePictures" | "expireTexts" | "folderRemoved" | "forget" | "remove">;
  /** Within a transaction: a job goes in whatever state, its folder is noted, its messages stay where they are. */
  dropJob(id: string): void;
}

const over = `state IN (${statesOver.map((state) => `'${state}'`).join(", ")})`;

/**
 * Whoever removes a job or its pictures notes the folder in `leaving_folders`, and messages that are to go in
 * `leaving_posts`, in the same transaction, so that it is known after a crash.
 */
export function createRemovals(database: Database, orders: Orders, logged: Logged): Removals {
  const ofPerson = database.prepare<{ id: string }>("SELECT id FROM jobs WHERE person = ?");
  const copiesOfPerson = database.prepare<{ id: string }>(
    "SELECT id FROM jobs WHERE picture_of = :person AND person <> :person",
  );
  // Of the picture that came with the job, and of what was made from the job itself where its owner sent the picture in.
  const copiesOfJob = database.prepare<{ id: string }>(`
    WITH RECURSIVE first AS (SELECT id, person FROM jobs WHERE id = :id AND picture_of = person),
    copies(id) AS (
      SELECT jobs.id FROM first JOIN jobs ON jobs.parent = first.id OR (picture_from = first.id AND jobs.id <> first.id)
        WHERE jobs.person <> first.person AND picture_of = first.person
      UNION SELECT jobs.id FROM copies JOIN jobs ON jobs.parent = copies.id, first
        WHERE jobs.person <> first.person AND picture_of = first.person)
    SELECT id FROM copies`);
  const person = database.prepare<{ person: string }>("SELECT person FROM jobs WHERE id = ?");
  const isUnfinished = database.prepare<{ id: string }>(
    "SELECT id FROM jobs WHERE id = ? AND state IN ('waiting', 'running')",
  );
  const overForgotten = database.prepare<{ id: string }>(
    `SELECT id FROM jobs WHERE is_forgotten = 1 AND ${over}`,
  );
  const expired = database.prepare<{ id: string }>(`
    UPDATE jobs SET has_pictures = 0
    WHERE has_pictures = 1 AND finished_at < ? AND ${over} RETURNING id`);
  const old = database.prepare<{ id: string }>(`SELECT id FROM jobs WHERE finished_at < ? AND ${over}`);
  const noteFolder = database.prepare("INSERT OR IGNORE INTO leaving_folders (job) VALUES (?)");
  const noteMessages = database.prepare(`
    INSERT OR IGNORE INTO leaving_posts (key, job, platform, message, place, begun_at, since, next_at)
    SELECT key, job, jobs.platform, CASE WHEN message IS NULL THEN NULL ELSE json_object('platform', posts.platform,
      'workspace', posts.workspace, 'channel', channel, 'message', message, 'thread', thread) END,
      CASE WHEN key LIKE '%-s%' THEN json_extract(ticket, '$.askedIn') ELSE place END, begun_at, :now, :now FROM posts JOIN jobs ON jobs.id = posts.job
    WHERE job = :id AND (message IS NOT NULL OR place IS NOT NULL)`);
  const leaving = database.prepare<{ job: string }>("SELECT job FROM leaving_folders ORDER BY job");
  const left = database.prepare("DELETE FROM leaving_folders WHERE job = ?");
  const remove = database.prepare("DELETE FROM jobs WHERE id = ?");
  const dropPerson = database.prepare(
    "DELETE FROM people WHERE person = :person AND NOT EXISTS (SELECT 1 FROM jobs WHERE person = :person)",
  );
  // Who was moved into the line of somebody who is gone stands in their own again: nobody is there to have a turn.
  const stepBack = database.prepare(`
    UPDATE jobs SET line_person = person WHERE state IN ('waiting', 'running') AND line_person = :person
      AND person <> :person AND NOT EXISTS (SELECT 1 FROM jobs WHERE person = :person)`);
  const leaveLine = database.prepare(
    "UPDATE jobs SET line_person = person WHERE line_person = :person AND person <> :person",
  );

  // What they typed where nobody else keeps it.
  const messagesOf = database.prepare("DELETE FROM messages WHERE author = ?");

  function dropJob(id: string): void {
    const owner = person.first([id]);
    remove.run([id]);
    noteFolder.run([id]);
    if (!owner) return;
    stepBack.run({ person: owner.person });
    dropPerson.run({ person: owner.person });
  }

  /** All of it, for good: what stands in chats too. */
  function removeWhole(ids: readonly string[], copies: readonly string[], now: number): Removed {
    const stopped = [...ids, ...copies].filter((id) => isUnfinished.first([id]) !== null);
    for (const id of [...ids, ...copies]) {
      noteMessages.run({ id, now });
      logged.leaveWith(id, now);
      dropJob(id);
    }
    return { jobs: ids, copies, stopped };
  }

  /** The log of the database still has what was deleted from the file. Gives what it takes. */
  function clearLog<T>(value: T): T {
    try {
      // Somebody who copies the store right now is not waited for.
      database.pragma("busy_timeout = 0");
      database.pragma("wal_checkpoint(TRUNCATE)");
    } catch {
      // What was removed is removed; the log is emptied with the next removal.
    } finally {
      database.pragma("busy_timeout = 5000");
    }
    return value;
  }

  const idsOf = (rows: readonly { readonly id: string }[]) => rows.map(({ id }) => id);

  return {
    dropJob,
    jobs: {
      expirePictures: async (finishedBefore) =>
        database.transaction(() => {
          for (const { id } of overForgotten.all()) dropJob(id);
          for (const { id } of expired.all([finishedBefore])) noteFolder.run([id]);
          return leaving.all().map(({ job }) => job);
        }),
      async expireTexts(finishedBefore) {
        const ids = database.transaction(() => {
          const found = idsOf(old.all([finishedBefore]));
          for (const id of found) dropJob(id);
          logged.expire(finishedBefore);
          return found;
        });
        return ids.length > 0 ? clearLog(ids.length) : 0;
      },
      async folderRemoved(id) {
        left.run([id]);
      },
      async forget(owner, now) {
        const name = personOf(owner);
        return clearLog(
          database.transaction(() => {
            orders.forget(owner);
            const mine = idsOf(ofPerson.all([name]));
            const removed = removeWhole(mine, idsOf(copiesOfPerson.all({ person: name })), now);
            // Also of jobs that are over: the person's id stands nowhere any more.
            leaveLine.run({ person: name });
            messagesOf.run([name]);
            logged.forget(name, now);
            return removed;
          }),
        );
      },
      async remove(id, now) {
        const removed = database.transaction(() =>
          person.first([id]) ? removeWhole([id], idsOf(copiesOfJob.all({ id })), now) : null,
        );
        return removed && clearLog(removed);
      },
    },
  };
}
