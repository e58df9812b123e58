import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { createRandom } from "../../../src/pipeline/random.ts";
import type { JobState } from "../../../src/store/jobs.ts";
import { openDatabase } from "../../../src/store/sqlite/database.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { kills as series } from "../../kill/kills.ts";

// A writer is killed twice as often as a bot: it starts in a tenth of the time. Each fourth is killed in opening.
const kills = Math.max(4, 2 * series);
/** Milliseconds after the writer is ready, and after it was started. */
const [longestLife, longestStart] = [120, 800];
const seed = Date.now() % 2 ** 31;

/** What the store may say of a job after the writer was told that. */
const allowed: Record<string, readonly JobState[]> = {
  added: ["waiting", "running", "posting", "done", "failed", "cancelled"],
  running: ["waiting", "running", "posting", "done", "failed", "cancelled"],
  recovered: ["waiting", "running", "posting", "done", "failed", "cancelled"],
  posting: ["posting", "done", "failed", "cancelled"],
  over: ["done", "failed", "cancelled"],
};

it(`loses nothing that it confirmed and stays whole, killed ${kills} times at random moments (seed ${seed})`, async () => {
  const folder = await mkdtemp(join(tmpdir(), "lrbot-kill-"));
  const random = createRandom(seed, "kills");
  const confirmed = new Map<string, string>();
  for (let kill = 0; kill < kills; kill++) {
    const writer = startWriter(folder, seed + kill, `k${kill}x`);
    const lines = createInterface({ input: writer.stdout });
    const isReady = new Promise<void>((resolve) => {
      lines.on("line", (line) => {
        const [what = "", id = ""] = line.split(" ");
        if (what === "ready") resolve();
        else if (line.endsWith(id) && id.length === 16) confirmed.set(id, what);
      });
    });
    // Each fourth is killed wherever it is on its way, in opening and recovering too.
    if (kill % 4 > 0) await isReady;
    await sleep(random.integer(kill % 4 > 0 ? longestLife : longestStart));
    const ended = Promise.all([once(writer, "close"), once(lines, "close")]);
    writer.kill("SIGKILL");
    await ended;
    await checkStore(folder, confirmed);
  }
  expect(confirmed.size).toBeGreaterThan(kills);
  await rm(folder, { recursive: true });
}, 300_000);

function startWriter(folder: string, writerSeed: number, prefix: string) {
  const file = join(import.meta.dirname, "writer.ts");
  const writer = spawn(process.execPath, ["--import", "tsx", file, folder, String(writerSeed), prefix], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return writer satisfies ChildProcess;
}

async function checkStore(folder: string, confirmed: ReadonlyMap<string, string>): Promise<void> {
  const store = await openSqliteStore({ folder });
  const jobs = new Map((await store.jobs.list({ limit: 1_000_000 })).map((job) => [job.id, job]));
  const { jobs: waiting } = await store.jobs.waiting();
  for (const [id, what] of confirmed) {
    const job = jobs.get(id);
    expect(allowed[what], `${what} ${id}`).toContain(job?.state);
    if (what === "over") expect(await store.posts.find(id)).toMatchObject({ message: { message: id } });
  }
  for (const job of jobs.values()) {
    const isEnded = job.state !== "waiting" && job.state !== "running";
    expect([job.outcome !== null, job.finishedAt !== null]).toEqual([isEnded, isEnded]);
    expect(job.result !== null).toBe(job.outcome === "done");
    expect(job.failure !== null).toBe(job.outcome === "failed");
  }
  expect(waiting.map(({ id }) => id).toSorted()).toEqual(
    [...jobs.values()].flatMap(({ id, state }) => (state === "waiting" ? [id] : [])).toSorted(),
  );
  await store[Symbol.asyncDispose]();

  const database = openDatabase(join(folder, "store.db"));
  expect(database.pragma("integrity_check")).toBe("ok");
  expect(database.pragma("foreign_key_check")).toBeNull();
  const wrongPeople = database.prepare(`SELECT person FROM people WHERE oldest IS NOT
    (SELECT min(created_at) FROM jobs WHERE jobs.person = people.person AND state = 'waiting')`);
  expect(wrongPeople.all()).toEqual([]);
  database.close();
}
