import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openPack } from "../../../../src/packs/open.ts";
import { readManifest } from "../../../../src/pipeline/marks/c2pa/read.ts";
import { readMarksOf } from "../../../../src/pipeline/marks/read-marks.ts";
import { createWorkerClient } from "../../../../src/pipeline/workers/edits/client.ts";
import { parseEditRequest } from "../../../../src/request.ts";
import { gradient, rawRgb, temporaryFolder } from "../../image/pictures.ts";
import { filesOf, removeKeys, withManifest } from "../../marks/signed.ts";

afterAll(removeKeys);

const root = join(import.meta.dirname, "../../../..");
const pack = await openPack("mini", { roots: [join(root, "models")] });
const { path, put } = temporaryFolder();
const options = { device: "simulated:0", environment: {}, log: () => {} };
const worker = createWorkerClient(options);
afterAll(() => worker[Symbol.asyncDispose]());
const signal = new AbortController().signal;
const generated = "trainedAlgorithmicMedia";
const composite = "compositeWithTrainedAlgorithmicMedia";

let jobs = 0;
async function edited(image: string, by = worker) {
  const id = `job-${jobs++}`;
  mkdirSync(path(id));
  const request = parseEditRequest({ image, prompt: "a rabbit", settings: { anchors: 2 } });
  const { result } = await by.run({ id, request, folder: path(id) }, pack, { signal });
  const files = result.results.flatMap(({ file, overlay }) => [file, overlay]);
  return { result, files: files.map((file) => join(path(id), file)) };
}

describe("results say of themselves", () => {
  const picture = () => rawRgb(gradient(96, 80)).jpeg().toBuffer();

  it("that a model painted in a picture of which nothing is known", async () => {
    const { result, files } = await edited(put("plain.jpg", await picture()));
    expect(result.marks).toEqual({
      digitalSourceType: composite,
      input: { digitalSourceType: null, manifest: null },
    });
    for (const file of files)
      expect(await readMarksOf(file)).toMatchObject({ digitalSourceType: composite, manifest: null });
  });

  it("that the picture was generated and had a manifest, which is told on when a result is edited again", async () => {
    const actions = [{ action: "c2pa.created", digitalSourceType: generated }];
    const first = await edited(put("generated.jpg", await withManifest(await picture(), "JPEG", actions)));
    expect(first.result.marks?.input).toEqual({ digitalSourceType: generated, manifest: "embedded" });
    const second = await edited(first.files[0] ?? "");
    expect(second.result.marks?.input).toEqual({ digitalSourceType: generated, manifest: "earlier" });
    for (const file of [...first.files, ...second.files])
      expect(await readMarksOf(file)).toMatchObject({ digitalSourceType: generated, manifest: "earlier" });
  });

  it("by a signature, where a key is set", async () => {
    await using signing = createWorkerClient({
      ...options,
      marks: { signing: filesOf("es256"), watermark: null },
    });
    const { files } = await edited(put("plain.jpg", await picture()), signing);
    for (const file of files) {
      const report = await readManifest("PNG", readFileSync(file));
      expect(report).toMatchObject({ state: "Valid", digitalSourceTypes: [composite] });
    }
  });
});
