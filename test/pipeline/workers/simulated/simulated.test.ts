import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openPack } from "../../../../src/packs/open.ts";
import { readPicture, sha256OfPicture } from "../../../../src/pipeline/image/image.ts";
import { createWorkerClient } from "../../../../src/pipeline/workers/edits/client.ts";
import { parseEditRequest } from "../../../../src/request.ts";
import type { Box, Job, Progress } from "../../../../src/types.ts";
import { refusal, temporaryFolder } from "../../image/pictures.ts";

const root = join(import.meta.dirname, "../../../..");
const pack = await openPack("mini", { roots: [join(root, "models")] });
const { path } = temporaryFolder();
const worker = createWorkerClient({ device: "simulated:3", environment: {}, log: () => {} });
afterAll(() => worker[Symbol.asyncDispose]());

const signal = new AbortController().signal;
const source = join(root, "models", "mini", "eval", "s000.png");
let jobs = 0;

function jobOf(more: { prompt?: string; image?: string; box?: Box; settings?: object } = {}): Job {
  const id = `job-${jobs++}`;
  mkdirSync(path(id));
  const request = parseEditRequest({ image: source, prompt: "a rabbit", settings: {}, ...more });
  return { id, request, folder: path(id) };
}

describe("a simulated device", () => {
  it("answers as a worker does: results, overlays, progress, and an honest account", async () => {
    const seen: Progress[] = [];
    const job = jobOf();
    const { result } = await worker.run(job, pack, { signal, onProgress: (progress) => seen.push(progress) });
    expect(result).toMatchObject({
      device: "simulated:3",
      inpainter: "simulated",
      pack: "mini",
      network: null,
    });
    expect(result.anchors).toHaveLength(8);
    expect(result.results.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(new Set(result.results.map(({ anchor }) => anchor)).size).toBe(8);
    expect(result.calls).toMatchObject({ drafts: 8, full: 8 });
    expect(readdirSync(job.folder).sort()).toEqual(
      result.results.flatMap(({ file, overlay, mask }) => [overlay, file, mask?.file]).sort(),
    );
    expect(new Set(seen.map(({ phase }) => phase))).toEqual(
      new Set(["loading", "features", "painting", "draft", "round", "mask", "result", "done"]),
    );
    expect(seen.at(-1)?.phase).toBe("done");
    expect(seen.at(-1)?.stepsDone).toBe(seen.at(-1)?.stepsTotal);
  });

  it("paints inside the box alone, the same again for the same request, and another for another seed", async () => {
    const [first, again, other] = [jobOf(), jobOf(), jobOf({ settings: { seed: 1 } })];
    const before = await readPicture(source);
    const { result } = await worker.run(first, pack, { signal });
    await worker.run(again, pack, { signal });
    await worker.run(other, pack, { signal });
    const bytes = (job: Job) => readdirSync(job.folder).map((file) => readFileSync(join(job.folder, file)));
    expect(bytes(again)).toEqual(bytes(first));
    expect(bytes(other)).not.toEqual(bytes(first));
    expect(result.image.sha256).toBe(sha256OfPicture(before));
    for (const { file, box } of result.results) {
      const { rgb, width } = await readPicture(join(first.folder, file));
      const isChanged = (_: number, at: number) => rgb[at] !== before.rgb[at];
      const changed = [...rgb.keys()].filter(isChanged).map((at) => Math.floor(at / 3));
      expect(changed.length).toBeGreaterThan(0);
      const columns = changed.map((pixel) => pixel % width);
      expect(columns.every((column) => column >= box.left && column < box.left + box.width)).toBe(true);
    }
  });

  it("takes a given box, many anchors and many steps", async () => {
    const box = { left: 5, top: 6, width: 30, height: 20 };
    const { result } = await worker.run(jobOf({ box }), pack, { signal });
    expect(result.results).toMatchObject([{ rank: 1, anchor: null, box }]);
    const settings = { anchors: 30, proposals: 1, steps: 1000, budget: 100 };
    const many = await worker.run(jobOf({ settings }), pack, { signal });
    expect(many.result.results).toHaveLength(30);
    expect(many.result.settings.steps).toBe(1000);
  });

  it("refuses what cannot be edited, with the pipeline's codes", async () => {
    const job = jobOf({ image: path("nowhere.png") });
    await refusal(worker.run(job, pack, { signal }), "picture-not-found");
    expect(existsSync(job.folder)).toBe(false);
    const outside = jobOf({ box: { left: 500, top: 0, width: 9, height: 9 } });
    await refusal(worker.run(outside, pack, { signal }), "box-outside-picture");
  });

  it("stops when it is cancelled, and lives on", async () => {
    const controller = new AbortController();
    const job = jobOf();
    const onProgress = () => controller.abort();
    const { pid } = worker;
    await refusal(worker.run(job, pack, { signal: controller.signal, onProgress }), "cancelled");
    expect(existsSync(job.folder)).toBe(false);
    await worker.run(jobOf(), pack, { signal });
    expect(worker.pid).toBe(pid);
  });

  it("loads neither networks nor TensorFlow.js", () => {
    const reached = filesReachedFrom("workers/simulated/entry.js");
    const held = reached.flatMap((file) => sourcesIn(file));
    expect(held).toContain("src/pipeline/steps/delivery.ts");
    const loaded = [...held, ...reached.flatMap((file) => importsOf(file))];
    expect(loaded.filter((name) => /onnxruntime|@tensorflow|@huggingface|protobufjs/.test(name))).toEqual([]);
  });
});

/** Built files that a built file of the pipeline loads; types are gone from them. */
function filesReachedFrom(entry: string): string[] {
  const seen = new Set<string>();
  const waiting = [join(root, "dist", "pipeline", entry)];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    waiting.push(
      ...importsOf(file)
        .filter((name) => name.startsWith("."))
        .map((name) => join(dirname(file as string), name)),
    );
  }
  return [...seen];
}

function importsOf(file: string): string[] {
  return [...readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*"([^"]+)"/g)].map(
    ([, name]) => name ?? "",
  );
}

/** What a built file is made of, as a comment before each says. */
function sourcesIn(file: string): string[] {
  return [...readFileSync(file, "utf8").matchAll(/^\s*\/\/(?:#region)? ?((?:src|node_modules)\/\S+)/gm)].map(
    ([, name]) => name ?? "",
  );
}
