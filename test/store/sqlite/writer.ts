import { createRandom } from "../../../src/pipeline/random.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { failure, newJob, offer, progress, result } from "../jobs.ts";

// Writes to a store without end, and says on standard output what the store has confirmed, until it is killed.
const [folder = "", seed = "0", prefix = ""] = process.argv.slice(2);
const random = createRandom(Number(seed), "writer");
const store = await openSqliteStore({ folder });
const { waitingAgain, failed } = await store.jobs.recover(Date.now());
for (const id of [...waitingAgain, ...failed]) say("recovered", id);
say("ready", "");

for (let number = 0; ; number++) {
  const now = Date.now();
  const id = `${prefix}${number.toString(36).padStart(16 - prefix.length, "0")}`;
  await store.jobs.add(newJob({ id, user: `user-${random.integer(7)}` }), now);
  say("added", id);
  if (random.integer(4) === 0) continue;
  const job = await store.jobs.claim(offer({ lane: `lane-${random.integer(3)}` }), now);
  if (!job) continue;
  say("running", job.id);
  await store.jobs.recordProgress(job.id, progress(number));
  const what = random.integer(10);
  if (what === 0) await store.jobs.loseWorker(job.id, failure, now);
  else if (what === 1) await store.jobs.cancel(job.id, now);
  else if (what === 2) await store.jobs.finish(job.id, { failure }, now);
  else if (what > 3) await store.jobs.finish(job.id, { result: result() }, now);
  if (what === 0 || what === 3) continue;
  say("posting", job.id);
  await store.posts.begin({ key: job.id, job: job.id, role: "job" }, now);
  await store.posts.confirm(
    job.id,
    { platform: "chat", workspace: null, channel: "c", message: job.id, thread: null },
    now,
  );
  await store.jobs.markDelivered(job.id);
  say("over", job.id);
}

/** Standard output is a pipe, which is written to at once. */
function say(what: string, id: string): void {
  process.stdout.write(`${what} ${id}\n`);
}
