import {
  type JobFilter,
  type JobRecord,
  type JobStatistics,
  type JobStore,
  type JobTimes,
  personOf,
} from "../../jobs.ts";
import type { Database, SqlValue, Statement } from "../database.ts";
import { type JobRow, jobColumns, recordOf } from "./rows.ts";

/** Reads jobs, and changes nothing. */
export interface JobQueries {
  find(id: string): JobRecord | null;
  readonly port: Pick<JobStore, "find" | "list" | "count" | "statistics" | "times">;
}

const standardLimit = 100;

export function createJobQueries(database: Database): JobQueries {
  const byId = database.prepare<JobRow>(`SELECT ${jobColumns} WHERE jobs.id = ?`);
  /** A statement for each set of conditions that was ever asked for: a few dozen at most. */
  const prepared = new Map<string, Statement<unknown>>();
  const cached = <Row>(sql: string): Statement<Row> => {
    const statement = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, statement);
    return statement as Statement<Row>;
  };
  const statistics = createStatistics(database);
  const times = database.prepare<JobTimes>(`
    SELECT created_at AS createdAt, started_at AS startedAt, finished_at AS finishedAt, outcome FROM jobs
    WHERE created_at >= :since OR started_at >= :since OR finished_at >= :since ORDER BY created_at, number`);

  const find = (id: string) => {
    const row = byId.first([id]);
    return row && recordOf(row);
  };
  return {
    find,
    port: {
      find: async (id) => find(id),
      async list({ limit = standardLimit, ...filter }) {
        const { where, values } = conditionsOf(filter);
        const sql = `SELECT ${jobColumns} ${where} ORDER BY created_at DESC, jobs.number DESC LIMIT :limit`;
        return cached<JobRow>(sql)
          .all({ ...values, limit })
          .map(recordOf);
      },
      async count({ limit: _, ...filter }) {
        const { where, values } = conditionsOf(filter);
        return (
          cached<{ jobs: number }>(`SELECT count(*) AS jobs FROM jobs ${where}`).first(values)?.jobs ?? 0
        );
      },
      statistics: async (since) => statistics(since),
      times: async (since) => times.all({ since }),
    },
  };
}

function conditionsOf(filter: Omit<JobFilter, "limit">): { where: string; values: Record<string, SqlValue> } {
  const { states, platform, workspace, user, createdAfter, createdBefore, finishedBefore, hasPictures } =
    filter;
  const conditions: string[] = [];
  const values: Record<string, SqlValue> = {};
  const add = (condition: string, name: string, value: SqlValue | undefined) => {
    if (value === undefined) return;
    conditions.push(condition);
    values[name] = value;
  };
  add(
    "state IN (SELECT value FROM json_each(:states))",
    "states",
    states === undefined ? undefined : JSON.stringify(states),
  );
  if (platform !== undefined && user !== undefined)
    add("person = :person", "person", personOf({ platform, user }));
  add("platform = :platform", "platform", platform);
  add("user = :user", "user", user);
  add("workspace IS :workspace", "workspace", workspace);
  add("created_at > :createdAfter", "createdAfter", createdAfter);
  add("created_at < :createdBefore", "createdBefore", createdBefore);
  add("finished_at < :finishedBefore", "finishedBefore", finishedBefore);
  add(
    "has_pictures = :hasPictures",
    "hasPictures",
    hasPictures === undefined ? undefined : Number(hasPictures),
  );
  return { where: conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "", values };
}

function createStatistics(database: Database): (since: number) => JobStatistics {
  const states = database.prepare<{ state: string; jobs: number }>(
    "SELECT state, count(*) AS jobs FROM jobs WHERE finished_at >= ? GROUP BY state",
  );
  const seconds = database.prepare<{ seconds: number }>(`
    SELECT (finished_at - started_at) / 1000.0 AS seconds FROM jobs
    WHERE finished_at >= ? AND state = 'done' ORDER BY seconds`);
  const failures = database.prepare<{ code: string; jobs: number }>(`
    SELECT failure_code AS code, count(*) AS jobs FROM jobs
    WHERE finished_at >= ? AND outcome = 'failed' GROUP BY failure_code`);
  return (since) => {
    const counts = new Map(states.all([since]).map(({ state, jobs }) => [state, jobs]));
    const sorted = seconds.all([since]).map((row) => row.seconds);
    // The nearest rank: a time that was really measured.
    const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
    return {
      done: counts.get("done") ?? 0,
      failed: counts.get("failed") ?? 0,
      cancelled: counts.get("cancelled") ?? 0,
      undeliverable: counts.get("undeliverable") ?? 0,
      medianSeconds: at(0.5),
      p95Seconds: at(0.95),
      failuresByCode: Object.fromEntries(failures.all([since]).map(({ code, jobs }) => [code, jobs])),
    };
  };
}
