import type { JobFailure, JobStore } from "../../jobs.ts";
import type { Database } from "../database.ts";
import { columnOfPlace } from "./rows.ts";

type Ends = Pick<JobStore, "finish" | "cancel" | "markDelivered" | "markUndeliverable" | "redeliver">;

/** How jobs end and are told of. */
export interface JobEnds extends Ends {
  /** `running` → `posting`, within a transaction. */
  fail(id: string, failure: JobFailure, now: number): boolean;
}

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
  };
}
