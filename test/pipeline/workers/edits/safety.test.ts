import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../../../src/config.ts";
import { openPack } from "../../../../src/packs/open.ts";
import { createWorkerClient } from "../../../../src/pipeline/workers/edits/client.ts";
import type { Job, SafetyPolicy } from "../../../../src/types.ts";
import { smallRequest } from "../../mini.ts";
import { makeSafetyModel } from "../../steps/safety-models.ts";

const folder = mkdtempSync(join(tmpdir(), "lrbot-safe-worker-"));
const pack = await openPack("mini", { roots: [join(import.meta.dirname, "../../../../models")] });
const worker = createWorkerClient({
  device: "cpu",
  safetyModel: makeSafetyModel(join(folder, "unsafe-model"), "unsafe"),
  environment: loadConfig().workerEnvironment,
  log: () => {},
});
afterAll(async () => {
  await worker[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

let jobs = 0;
function run(safety: SafetyPolicy) {
  const id = `job-${jobs++}`;
  const job: Job = {
    id,
    request: smallRequest({ safety, box: { left: 64, top: 64, width: 96, height: 96 } }),
    folder: join(folder, id),
  };
  mkdirSync(job.folder);
  return worker.run(job, pack, { signal: new AbortController().signal });
}

describe("a worker with a safety model", () => {
  it("checks what each job asks it to check", async () => {
    await expect(run("refuse")).rejects.toMatchObject({ code: "picture-refused" });
    expect(existsSync(join(folder, "job-0"))).toBe(false);
    expect((await run("mark")).result.safety).toMatchObject({ model: "unsafe-model", threshold: 0.5 });
    expect((await run("off")).result.safety).toBeNull();
  });
});
