import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../../../src/config.ts";
import { openPack } from "../../../../src/packs/open.ts";
import { createWorkerClient, type WorkerClient } from "../../../../src/pipeline/workers/edits/client.ts";
import { parseEditRequest } from "../../../../src/request.ts";
import type { Job, Progress } from "../../../../src/types.ts";
import { addTinyPack } from "../../../cli/tiny-pack.ts";

const models = join(import.meta.dirname, "../../../../models");
const folder = mkdtempSync(join(tmpdir(), "lrbot-worker-"));
addTinyPack(join(folder, "packs"));
const pack = await openPack("tiny", { roots: [join(folder, "packs")] });
const logged: string[] = [];
const worker: WorkerClient = createWorkerClient({
  device: "cpu",
  environment: loadConfig().workerEnvironment,
  log: (level, text) => void (level === "error" && logged.push(text)),
});
afterAll(async () => {
  await worker[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const never = new AbortController().signal;
let jobs = 0;

function jobOf(picture: string, settings: { steps: number; budget?: number } = { steps: 2, budget: 4 }): Job {
  const id = `job-${jobs++}`;
  mkdirSync(join(folder, id));
  const request = parseEditRequest({
    image: join(models, "mini", "eval", picture),
    prompt: "a rabbit",
    settings: { anchors: 2, proposals: 3, ...settings },
  });
  return { id, request, folder: join(folder, id) };
}

/** Does something at the first painting step of a job that would take long. */
function atFirstPainting(action: () => void): (progress: Progress) => void {
  let isDone = false;
  return ({ phase }) => {
    if (phase !== "painting" || isDone) return;
    isDone = true;
    action();
  };
}

describe("a worker", () => {
  it("answers jobs one after another from one process, and loads a pack once", async () => {
    const phases: string[][] = [[], []];
    const first = await worker.run(jobOf("s000.png"), pack, {
      signal: never,
      onProgress: ({ phase }) => void phases[0]?.push(phase),
    });
    const { pid } = worker;
    const second = await worker.run(jobOf("s001.png"), pack, {
      signal: never,
      onProgress: ({ phase }) => void phases[1]?.push(phase),
    });
    expect(worker.pid).toBe(pid);
    expect(phases[0]?.[0]).toBe("loading");
    expect(phases[0]?.at(-1)).toBe("done");
    expect(phases[1]).not.toContain("loading");
    expect(new Set(phases[1])).toEqual(
      new Set(["features", "mask", "painting", "draft", "round", "result", "done"]),
    );
    expect(first.result.image.file).toBe("s000.png");
    expect(second.result.image.file).toBe("s001.png");
    const named = second.result.results.flatMap(({ file, overlay, mask }) => [overlay, file, mask?.file]);
    expect(readdirSync(join(folder, "job-1")).sort()).toEqual(named.sort());
    for (const { stats } of [first, second]) {
      expect(stats.runMilliseconds).toBeGreaterThan(0);
      expect(stats.runMilliseconds).toBeLessThan(stats.totalMilliseconds);
      expect(stats.peakRssMegabytes).toBeGreaterThan(50);
    }
  });

  it("counts steps upwards to the total and says how many seconds are left", async () => {
    const seen: Progress[] = [];
    await worker.run(jobOf("s002.png"), pack, {
      signal: never,
      onProgress: (progress) => seen.push(progress),
    });
    const done = seen.map(({ stepsDone }) => stepsDone);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(seen.every(({ stepsDone, stepsTotal }) => stepsDone <= stepsTotal)).toBe(true);
    expect(seen.at(-1)?.secondsLeft).not.toBeNull();
  });

  it("gives the pipeline's coded errors, and removes the job's folder", async () => {
    const job = jobOf("no-such.png");
    await expect(worker.run(job, pack, { signal: never })).rejects.toMatchObject({
      name: "EditError",
      code: "picture-not-found",
      message: expect.stringMatching(/^Expected a picture at .*no-such\.png, got no such file\.$/),
    });
    expect(existsSync(job.folder)).toBe(false);
  });

  it("stops between two steps when it is cancelled, and lives on", async () => {
    const { pid } = worker;
    const controller = new AbortController();
    const job = jobOf("s003.png", { steps: 500, budget: 14 });
    const cancelled = worker.run(job, pack, {
      signal: controller.signal,
      onProgress: atFirstPainting(() => controller.abort()),
    });
    await expect(cancelled).rejects.toMatchObject({ code: "cancelled" });
    expect(existsSync(job.folder)).toBe(false);
    expect(worker.pid).toBe(pid);
    await expect(worker.run(jobOf("s000.png"), pack, { signal: never })).resolves.toBeDefined();
    expect(worker.pid).toBe(pid);
  });

  it("does not begin a job that was cancelled before", async () => {
    const job = jobOf("s000.png");
    await expect(worker.run(job, pack, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(existsSync(job.folder)).toBe(false);
  });

  it("that is killed in a job fails it and leaves no folder; the next job gets a new process", async () => {
    const { pid } = worker;
    const job = jobOf("s003.png", { steps: 500, budget: 14 });
    const lost = worker.run(job, pack, { signal: never, onProgress: atFirstPainting(() => worker.kill()) });
    await expect(lost).rejects.toMatchObject({
      code: "worker-died",
      message: expect.stringMatching(/SIGKILL/),
    });
    expect(existsSync(job.folder)).toBe(false);
    await expect(worker.run(jobOf("s000.png"), pack, { signal: never })).resolves.toBeDefined();
    expect(worker.pid).not.toBe(pid);
  });

  it("answers an unforeseen failure with a reference that only the log explains", async () => {
    const job = jobOf("s000.png");
    const broken: Job = JSON.parse(JSON.stringify(job), (key, value) => (key === "settings" ? null : value));
    const failure: unknown = await worker
      .run(broken, pack, { signal: never })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "internal" });
    const [reference = "none"] = String(failure).match(/[0-9a-f]{8}/) ?? [];
    expect(String(failure)).not.toMatch(/TypeError|\n/);
    expect(logged.find((text) => text.includes(reference))).toMatch(/TypeError[\s\S]*\n\s+at /);
  });
});
