import { type JobFailure, type JobStore, personOf, statesOver } from "../jobs.ts";
import type { Database } from "./database.ts";
import { columnOfPlace } from "./job-rows.ts";

type Ends = Pick<
  JobStore,
  | "finish"
  | "cancel"
  | "markDelivered"
  | "markUndeliverable"
  | "redeliver"
  | "expirePictures"
  | "folderRemoved"
  | "forget"
  | "remove"
>;

/** How jobs end, are told of, and go. */
export interface JobEnds extends Ends {
  /** `running` → `posting`, within a transaction. */
  fail(id: string, failure: JobFailure, now: number): boolean;
}

const over = `state IN (${statesOver.map((state) => `'${state}'`).join(", ")})`;

export function createJobEnds(database: Database): JobEnds {
  const end = database.prepare(`
    UPDATE jobs SET state = 'posting', outcome = :outcome, finished_at = :now, failure = :failure,
      failure_code = :code
    WHERE id = :id AND state = 'running'`);
  const keepResult = database.prepare("INSERT INTO results (job, value) VALUES (:id, :value)");
  const cancel = database.prepare(`
    UPDATE jobs SET state = 'posting', outcome = 'cancelled', finished_at = :now, failure = :failure
    WHERE id = :id AND state IN ('waiting', 'running')`);
  const deliver = database.prepare("UPDATE jobs SET state = outcome WHERE id = ? AND state = 'posting'");
  const giveUp = database.prepare(
    "UPDATE jobs SET state = 'undeliverable' WHERE id = ? AND state = 'posting'",
  );
  const redeliver = database.prepare(`
    UPDATE jobs SET state = 'posting', place = ifnull(:place, place)
    WHERE id = :id AND state = 'undeliverable'`);

  const fail: JobEnds["fail"] = (id, failure, now) =>
    end.run({
      ...{ id, now, outcome: "failed" },
      failure: JSON.stringify(failure),
      code: failure.code,
    }) > 0;

  return {
    fail,
    finish: async (id, ending, now) =>
      database.transaction(() => {
        if ("failure" in ending) return fail(id, ending.failure, now);
        if (end.run({ id, now, outcome: "done", failure: null, code: null }) === 0) return false;
        keepResult.run({ id, value: JSON.stringify(ending.result) });
        return true;
      }),
    async cancel(id, now, by) {
      const failure: JobFailure = {
        code: "cancelled",
        message: "Expected the job to go on, got a cancellation.",
        reference: null,
        by,
      };
      return cancel.run({ id, now, failure: by === undefined ? null : JSON.stringify(failure) }) > 0;
    },
    markDelivered: async (id) => deliver.run([id]) > 0,
    markUndeliverable: async (id) => giveUp.run([id]) > 0,
    redeliver: async (id, place) => redeliver.run({ id, place: columnOfPlace(place) }) > 0,
    ...createRemovals(database),
  };
}

/**
 * Whoever removes a job or its pictures notes the folder in `leaving_folders` in the same transaction, so that it is known
 * after a crash.
 */
function createRemovals(
  database: Database,
): Pick<JobStore, "expirePictures" | "folderRemoved" | "forget" | "remove"> {
  const cancelAll = database.prepare<{ id: string }>(`
    UPDATE jobs SET state = 'posting', outcome = 'cancelled', finished_at = :now
    WHERE person = :person AND state IN ('waiting', 'running') RETURNING id`);
  const markForgotten = database.prepare(`UPDATE jobs SET is_forgotten = 1 WHERE person = ? AND NOT ${over}`);
  const overOfPerson = database.prepare<{ id: string }>(`SELECT id FROM jobs WHERE person = ? AND ${over}`);
  const overForgotten = database.prepare<{ id: string }>(
    `SELECT id FROM jobs WHERE is_forgotten = 1 AND ${over}`,
  );
  const expired = database.prepare<{ id: string }>(`
    UPDATE jobs SET has_pictures = 0
    WHERE has_pictures = 1 AND finished_at < ? AND ${over} RETURNING id`);
  const note = database.prepare("INSERT OR IGNORE INTO leaving_folders (job) VALUES (?)");
  const leaving = database.prepare<{ job: string }>("SELECT job FROM leaving_folders ORDER BY job");
  const left = database.prepare("DELETE FROM leaving_folders WHERE job = ?");
  const remove = database.prepare(`DELETE FROM jobs WHERE id = ? AND ${over}`);
  const dropPerson = database.prepare(
    "DELETE FROM people WHERE person = :person AND NOT EXISTS (SELECT 1 FROM jobs WHERE person = :person)",
  );

  const removeNoted = (id: string) => {
    if (remove.run([id]) === 0) return false;
    note.run([id]);
    return true;
  };

  return {
    expirePictures: async (finishedBefore) =>
      database.transaction(() => {
        for (const { id } of overForgotten.all()) removeNoted(id);
        for (const { id } of expired.all([finishedBefore])) note.run([id]);
        return leaving.all().map(({ job }) => job);
      }),
    async folderRemoved(id) {
      left.run([id]);
    },
    forget: async (owner, now) =>
      database.transaction(() => {
        const person = personOf(owner);
        const removed = overOfPerson.all([person]).map(({ id }) => id);
        for (const id of removed) removeNoted(id);
        const cancelled = cancelAll.all({ person, now }).map(({ id }) => id);
        markForgotten.run([person]);
        dropPerson.run({ person });
        return { removed, cancelled };
      }),
    remove: async (id) => database.transaction(() => removeNoted(id)),
  };
}
