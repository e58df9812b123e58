import { deathLimits, type JobFailure, type JobRecord, type JobStore, personOf, workOf } from "../../jobs.ts";
import type { Database } from "../database.ts";
import type { Orders } from "../orders.ts";
import { createClaims } from "./claims.ts";
import { createJobEnds } from "./ends.ts";
import { createJobQueries } from "./queries.ts";
import type { Removals } from "./removals.ts";
import { columnOfPlace, columnOfProgress, columnOfTicket } from "./rows.ts";

/** The jobs of a store, each method one transaction. */
export function createJobs(database: Database, orders: Orders, removals: Removals): JobStore {
  const queries = createJobQueries(database);
  const claims = createClaims(database, queries.find);
  const ends = createJobEnds(database);
  const meet = database.prepare("INSERT OR IGNORE INTO people (person) VALUES (?)");
  const insert = database.prepare(`
    INSERT INTO jobs (id, line_person, line_at, person, platform, workspace, user, state, pack, work, created_at, shows_box, place, ticket,
      parent, picture_of, picture_from)
    VALUES (:id, :person, :lineAt, :person, :platform, :workspace, :user, 'waiting', :pack, :work, :now, :showsBox, :place, :ticket,
      :parent, ifnull((SELECT picture_of FROM jobs WHERE id = :parent), :person),
      ifnull((SELECT picture_from FROM jobs WHERE id = :parent), :id))`);
  const endOfLine = database.prepare<{ at: number | null }>(
    "SELECT max(line_at) AS at FROM jobs INDEXED BY jobs_waiting_in_line WHERE state = 'waiting'",
  );
  const progress = database.prepare(`
    INSERT INTO progress (job, value) SELECT id, :value FROM jobs WHERE id = :id AND state = 'running'
    ON CONFLICT DO UPDATE SET value = excluded.value`);
  const running = database.prepare<Deaths>(
    "SELECT id, worker_deaths, restarts FROM jobs WHERE state = 'running' AND id = ?",
  );
  const allRunning = database.prepare<Deaths>(
    "SELECT id, worker_deaths, restarts FROM jobs WHERE state = 'running' ORDER BY turn DESC",
  );
  const countDeath = database.prepare("UPDATE jobs SET worker_deaths = worker_deaths + 1 WHERE id = ?");
  const countRestart = database.prepare("UPDATE jobs SET restarts = restarts + 1 WHERE id = ?");
  const place = database.prepare("UPDATE jobs SET place = :place WHERE id = :id");
  const view = database.prepare("UPDATE jobs SET rank = :rank, shows_box = :showsBox WHERE id = :id");

  function add(job: Parameters<JobStore["add"]>[0], now: number): JobRecord {
    const { platform, workspace, user } = job.owner;
    const person = personOf(job.owner);
    meet.run([person]);
    // Behind all that wait, also where the clock was set back since they came.
    const last = endOfLine.first()?.at ?? 0;
    insert.run({
      ...{ id: job.id, person, platform, workspace, user, now, lineAt: last > now ? last + 1 : now },
      pack: job.request.pack,
      work: workOf(job),
      showsBox: job.showsBox ? 1 : 0,
      place: columnOfPlace(job.place),
      ticket: columnOfTicket(job),
      parent: job.lineage?.parent ?? null,
    });
    orders.take(job.id, job.owner, now);
    const record = queries.find(job.id);
    if (!record) throw new Error(`Expected job ${job.id} to be stored, got none.`);
    return record;
  }

  return {
    ...ends,
    ...removals.jobs,
    ...queries.port,
    add: async (job, now) => database.transaction(() => add(job, now)),
    waiting: async () => claims.waiting(),
    claim: async (offer, now) => claims.claim(offer, now),
    moveToFront: async (id) => claims.moveToFront(id),
    moveWithin: async (ids) => claims.moveWithin(ids),
    async recordProgress(id, value) {
      progress.run({ id, value: columnOfProgress(value) });
    },
    loseWorker: async (id, failure, now) =>
      database.transaction(() => {
        const job = running.first([id]);
        if (!job) return "gone";
        countDeath.run([id]);
        if (job.worker_deaths >= deathLimits.workerDeaths) {
          ends.fail(id, failure, now);
          return "failed";
        }
        claims.returnTurn(id);
        return "waiting";
      }),
    release: async (id) =>
      database.transaction(() => {
        if (!running.first([id])) return false;
        claims.returnTurn(id);
        return true;
      }),
    recover: async (now, goesOn = []) =>
      database.transaction(() => {
        const waitingAgain: string[] = [];
        const failed: string[] = [];
        for (const { id, restarts } of allRunning.all()) {
          if (goesOn.includes(id)) continue;
          countRestart.run([id]);
          if (restarts >= deathLimits.restarts) {
            ends.fail(id, restartFailure, now);
            failed.push(id);
          } else {
            claims.returnTurn(id);
            waitingAgain.push(id);
          }
        }
        return { waitingAgain, failed };
      }),
    async setPlace(id, to) {
      place.run({ id, place: columnOfPlace(to) });
    },
    async setView(id, { rank, showsBox }) {
      view.run({ id, rank, showsBox: showsBox ? 1 : 0 });
    },
  };
}

interface Deaths {
  readonly id: string;
  readonly worker_deaths: number;
  readonly restarts: number;
}

const restartFailure: JobFailure = {
  code: "worker-died",
  message: `Expected the job to end, got the end of the whole program ${deathLimits.restarts + 1} times while it ran.`,
  reference: null,
};
