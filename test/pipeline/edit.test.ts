import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { edit } from "../../src/pipeline/edit.ts";
import { readPicture, sha256OfPicture } from "../../src/pipeline/image/image.ts";
import { maskFromRuns } from "../../src/pipeline/mask/runs.ts";
import type { Models } from "../../src/pipeline/models.ts";
import { boxKey } from "../../src/pipeline/regions/proposals.ts";
import { createEditCaches, createNetworkParts, type EditCaches } from "../../src/pipeline/steps/networks.ts";
import { givenBoxOf } from "../../src/pipeline/steps/settings.ts";
import type { EditRequestInput } from "../../src/request.ts";
import type { EditRequest, EditResult, Progress } from "../../src/types.ts";
import { loadMini, scene, smallRequest, withTinyPainter } from "./mini.ts";

let models: Models;
let tiny: Models;
const root = mkdtempSync(join(tmpdir(), "edits-"));
beforeAll(async () => {
  models = await loadMini();
  tiny = await withTinyPainter(models);
});
afterAll(async () => {
  await models[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});

/** The picture is seen once and the nouns are read once, for all edits here that are not about that; what is painted is kept from none. */
const { features, nouns } = createEditCaches();
const nothingPainted = (): EditCaches => ({ ...createEditCaches(), features, nouns });

const cheap = { anchors: 2, proposals: 3, budget: 4, guidance: 1, steps: 2, mask: "box" } as const;
/** Less of it: fewer places, nothing is guided, in half the steps, and no mask is looked for. */
const cheapRequest = (change: Partial<EditRequestInput> = {}) =>
  smallRequest({ ...change, settings: { ...cheap, ...change.settings } });

interface Edited {
  readonly result: EditResult;
  readonly progress: readonly Progress[];
  readonly folder: string;
}

async function run(
  request: EditRequest,
  options: {
    caches?: EditCaches;
    signal?: AbortSignal;
    /** Default: the pack's own. */
    models?: Models;
    onProgress?: (progress: Progress, folder: string) => void;
  } = {},
): Promise<Edited> {
  const folder = mkdtempSync(join(root, "edit-"));
  const progress: Progress[] = [];
  const result = await edit(request, {
    parts: createNetworkParts({
      models: options.models ?? models,
      caches: options.caches ?? nothingPainted(),
    }),
    folder,
    signal: options.signal ?? new AbortController().signal,
    onProgress(message) {
      progress.push(message);
      options.onProgress?.(message, folder);
    },
  });
  return { result, progress, folder };
}

/** For what does not hang on what is painted. */
const runCheaply = (change: Partial<EditRequestInput> = {}, options: Parameters<typeof run>[1] = {}) =>
  run(cheapRequest(change), { models: tiny, ...options });

/** The result pictures' bytes, best first. */
const picturesIn = ({ result, folder }: Edited) =>
  result.results.map(({ file }) => readFileSync(join(folder, file)).toString("base64"));

describe("an edit", () => {
  const request = smallRequest({ previews: true });
  const caches = createEditCaches();
  let first: Edited;
  let firstPicture = "";
  const drafts = new Map<string, string>();
  const picture = (file = "", folder = first.folder) => readFileSync(join(folder, file)).toString("base64");
  beforeAll(async () => {
    first = await run(request, {
      caches,
      onProgress(message, folder) {
        const { preview } = message;
        if (preview && !drafts.has(preview.file)) drafts.set(preview.file, picture(preview.file, folder));
        if (message.phase === "result" && message.rank === null) firstPicture = picture(message.file, folder);
      },
    });
  });

  it("shows its first draft while it learns, small", async () => {
    const [draft] = first.progress.filter(({ phase }) => phase === "draft");
    expect(draft?.preview).toEqual({ file: "preview-1.jpg", isUnsafe: false });
    const {
      format,
      width = 0,
      height = 0,
    } = await sharp(Buffer.from(drafts.get("preview-1.jpg") ?? "", "base64")).metadata();
    expect(format).toBe("jpeg");
    expect(Math.max(width, height)).toBeLessThanOrEqual(512);
  });

  it("says what it was given and what it worked with", async () => {
    const { result } = first;
    const picture = await readPicture(request.image);
    expect(result).toMatchObject({
      image: { file: "s000.png", width: 256, height: 256, sha256: sha256OfPicture(picture) },
      prompt: "a rabbit",
      pack: "mini",
      inpainter: "stable-diffusion",
      device: "cpu",
      seed: 0,
      network: null,
    });
    // What the person left open stands as the pack decided it.
    expect(result.settings).toMatchObject({
      anchors: 3,
      proposals: 4,
      steps: 4,
      budget: 6,
      guidance: 2,
      strength: 1,
      negative: "",
      inpainter: "stable-diffusion",
    });
  });

  it("finds anchors on the picture: the middle of what is replaced, then the strongest first", () => {
    const { anchors } = first.result;
    expect(anchors).toHaveLength(3);
    // The pine tree of s000.png stands around 180, 121.
    expect(Math.hypot((anchors[0]?.x ?? 0) - 180, (anchors[0]?.y ?? 0) - 121)).toBeLessThan(40);
    const attentions = anchors.slice(1).map(({ attention }) => attention);
    expect(attentions).toEqual([...attentions].sort((a, b) => b - a));
    for (const { x, y } of anchors) {
      expect(Math.min(x, y)).toBeGreaterThan(0);
      expect(Math.max(x, y)).toBeLessThan(256);
    }
  });

  it("gives as many results as anchors, ranked from 1, each of an anchor and a box of its own", () => {
    const { results } = first.result;
    expect(results.map(({ rank }) => rank)).toEqual([1, 2, 3]);
    expect(results.map(({ anchor }) => anchor).toSorted()).toEqual([0, 1, 2]);
    expect(new Set(results.map(({ box }) => boxKey(box))).size).toBe(3);
    for (const { scores, losses } of results) {
      expect(scores.quality).toBeCloseTo(2 * scores.t2i + scores.i2i, 6);
      expect(losses.total).toBeCloseTo(losses.clip + losses.structure + losses.direction, 6);
      expect(losses.clip).toBeCloseTo(1 - scores.t2i, 6);
    }
  });

  it("writes a result, an overlay and a mask for each, and nothing else", () => {
    expect(readdirSync(first.folder).sort()).toEqual(
      [1, 2, 3].flatMap((rank) => [`overlay-${rank}.png`, `result-${rank}.png`, `mask-${rank}.png`]).sort(),
    );
    expect(first.result.results.map(({ file, overlay, mask }) => [file, overlay, mask?.file])).toEqual(
      [1, 2, 3].map((rank) => [`result-${rank}.png`, `overlay-${rank}.png`, `mask-${rank}.png`]),
    );
  });

  it("keeps the picture's own pixels outside each mask, which is smaller than its box somewhere", async () => {
    const before = await readPicture(request.image);
    let kept = 0;
    for (const { file, box, mask } of first.result.results) {
      if (!mask) throw new Error("Expected a mask, got none.");
      expect([mask.width, mask.height]).toEqual([box.width, box.height]);
      const inside = maskFromRuns(mask);
      const after = await readPicture(join(first.folder, file));
      const grey = await readPicture(join(first.folder, mask.file));
      const wrong: number[] = [];
      for (let pixel = 0; pixel < 256 * 256; pixel++) {
        const [x, y] = [(pixel % 256) - box.left, Math.floor(pixel / 256) - box.top];
        const isInBox = x >= 0 && x < box.width && y >= 0 && y < box.height;
        const isInside = isInBox && inside[y * box.width + x] === 1;
        if (isInBox && !isInside) kept++;
        if (isInside) continue;
        const isBlack = grey.rgb[pixel * 3] === 0;
        const isSame = [0, 1, 2].every(
          (channel) => after.rgb[pixel * 3 + channel] === before.rgb[pixel * 3 + channel],
        );
        if (!isBlack || !isSame) wrong.push(pixel);
      }
      expect(wrong, `pixels of ${file} that are not the picture's own, or not black in its mask`).toEqual([]);
      // The loss of a mask is at most 1 % above that of its box.
      const own = first.result.results.find((result) => result.mask === mask);
      expect(mask.losses.total).toBeLessThanOrEqual((own?.losses.total ?? 0) * 1.01);
    }
    expect(kept).toBeGreaterThan(1000);
  });

  it("changes the whole box where that is asked for, and ranks the same boxes alike", async () => {
    const { result, folder } = await run(smallRequest({ settings: { mask: "box" } }), { caches });
    expect(readdirSync(folder).some((name) => name.startsWith("mask-"))).toBe(false);
    expect(result.results).toEqual(first.result.results.map((one) => ({ ...one, mask: null })));
    expect(result.settings.mask).toBe("box");
  });

  it("lists every painted proposal with its losses, and the results among them at full steps", () => {
    const { proposals, results } = first.result;
    expect(new Set(proposals.map(({ anchor, box }) => `${anchor} ${boxKey(box)}`)).size).toBe(
      proposals.length,
    );
    for (const { anchor, box, losses } of results) {
      expect(proposals).toContainEqual({ anchor, box, losses, steps: 4 });
    }
    for (const anchor of [0, 1, 2]) expect(proposals.some((one) => one.anchor === anchor)).toBe(true);
  });

  it("spends no more than its budget, and counts drafts and full paintings", () => {
    const { calls, proposals } = first.result;
    expect(calls.drafts).toBeGreaterThanOrEqual(3);
    expect(calls.full).toBeGreaterThanOrEqual(3);
    expect(calls.drafts + calls.full).toBeGreaterThanOrEqual(proposals.length);
    expect(calls.equivalent).toBeLessThanOrEqual(6);
    expect(calls.equivalent).toBeGreaterThanOrEqual(calls.full);
  });

  it("measures its parts in whole milliseconds that do not exceed the total", () => {
    const { load, features, learn, paint, rank, total } = first.result.milliseconds;
    expect(load).toBe(0);
    for (const part of [features, learn, paint, rank, total]) expect(Number.isInteger(part)).toBe(true);
    // Each part is rounded for itself.
    expect(features + learn + paint + rank).toBeLessThanOrEqual(total + 4);
  });

  it("tells its progress in the order of its steps, and never more steps than there are", () => {
    const { progress } = first;
    const phases = progress.map(({ phase }) => phase);
    expect(phases[0]).toBe("features");
    expect(phases.at(-1)).toBe("done");
    expect(phases.filter((phase) => phase === "features" || phase === "done")).toHaveLength(2);
    // The first one, and then all as they are ranked.
    expect(phases.filter((phase) => phase === "result")).toHaveLength(4);
    expect(phases.slice(-4)).toEqual(["result", "result", "result", "done"]);
    expect(phases.lastIndexOf("round")).toBeLessThan(phases.indexOf("result"));
    expect(phases.indexOf("painting")).toBeLessThan(phases.indexOf("round"));
    let done = 0;
    for (const { stepsDone, stepsTotal, secondsLeft, version } of progress) {
      expect(version).toBe(1);
      expect(stepsDone).toBeGreaterThanOrEqual(done);
      expect(stepsDone).toBeLessThanOrEqual(stepsTotal);
      expect(secondsLeft ?? 0).toBeGreaterThanOrEqual(0);
      done = stepsDone;
    }
    expect(done).toBeCloseTo(first.result.calls.equivalent * 4, 6);
  });

  it("paints the most promising box first and shows it while the others are painted", () => {
    const { progress, result } = first;
    const at = progress.findIndex((message) => message.phase === "result" && message.rank === null);
    const [shown] = progress.slice(at);
    if (shown?.phase !== "result") throw new Error("Expected a first result, got none.");
    const others = progress.slice(at + 1).filter(({ phase }) => phase === "painting");
    expect(others.length).toBeGreaterThan(0);
    expect(others.every((each) => each.phase === "painting" && each.anchors.length === 2)).toBe(true);

    const { file, anchor, box, losses, scores, unsafe } = shown;
    const ranked = result.results.find((each) => boxKey(each.box) === boxKey(box));
    expect(ranked).toMatchObject({ anchor, box, losses, scores, unsafe });
    expect(picture(ranked?.file)).toEqual(firstPicture);
    for (const message of progress.slice(at))
      expect(message.first).toEqual({ file, anchor, box, losses, scores, unsafe, isUnsafe: false });
    expect(progress.slice(0, at).every((message) => message.first === undefined)).toBe(true);
  });

  it("shows attention, anchors and proposals, then rounds, then drafts' thumbnails of whole anchors", () => {
    const { progress, result } = first;
    for (const message of progress) {
      if (message.phase === "features") {
        expect(message.attention.length).toBeGreaterThan(1);
        expect(message.anchors).toHaveLength(3);
        expect(message.proposals.map((row) => row.length)).toEqual([4, 4, 4]);
      }
      if (message.phase === "round")
        expect(message.probabilities.map((row) => row.length)).toEqual([4, 4, 4]);
      if (message.phase === "draft") {
        expect(message.thumbnail.rgb).toHaveLength(message.thumbnail.side ** 2 * 3);
        expect(result.anchors[message.anchor]).toBeDefined();
      }
      if (message.phase === "painting") expect(message.step).toBeLessThanOrEqual(message.steps);
    }
    expect(progress.filter(({ phase }) => phase === "draft").length).toBeGreaterThanOrEqual(3);
  });

  it("finds the source noun where none is given, says how sure it is, and knows it by itself", () => {
    const { source, warnings } = first.result;
    expect(source.from).toBe("found");
    expect(models.nouns).toContain(source.text);
    expect(source.confidence).toBeGreaterThan(0);
    expect(source.confidence).toBeLessThanOrEqual(1);
    const told = warnings.some(({ code }) => code === "source-uncertain");
    expect(told).toBe(source.confidence < 0.5);
  });

  it("done again paints the same bytes from nothing kept, seed for seed", async () => {
    const again = await run(request, { caches: createEditCaches() });
    expect(again.result.results).toEqual(first.result.results);
    expect(picturesIn(again)).toEqual(picturesIn(first));
  });

  it("done again with its caches looks at the picture once and paints no draft twice", async () => {
    const runs = models.runtime.times.runs;
    const again = await run(request, { caches });
    const runsOfCached = models.runtime.times.runs - runs;
    expect(again.result.calls).toMatchObject({ drafts: 0 });
    expect(again.result.calls.full).toBeLessThanOrEqual(first.result.calls.full);
    expect(again.result.results).toEqual(first.result.results);
    expect(picturesIn(again)).toEqual(picturesIn(first));
    const features = await caches.features.getOrMake(first.result.image.sha256, () =>
      Promise.reject(new Error("Expected the picture to be known, got asked for it.")),
    );
    expect(features.attention.shape).toHaveLength(2);

    // Another prompt on the same picture needs drafts, but no second look.
    const lone = models.runtime.times.runs;
    const other = await runCheaply(
      { prompt: "a penguin", settings: { anchors: 3, proposals: 4, budget: 6, steps: 4 } },
      { caches },
    );
    expect(other.result.calls.drafts).toBeGreaterThan(0);
    expect(models.runtime.times.runs - lone).toBeGreaterThan(runsOfCached);
    expect(other.result.anchors).toEqual(first.result.anchors);
  });
});

describe("the source noun", () => {
  it("is the given one, with certainty", async () => {
    const box = { left: 40, top: 40, width: 96, height: 96 };
    const { result } = await runCheaply({ source: "pine tree", box });
    expect(result.source).toEqual({ text: "pine tree", from: "given", confidence: 1 });
    expect(result.warnings.map(({ code }) => code)).not.toContain("source-uncertain");
  });
});

describe("an edit of a given box", () => {
  const box = { left: 40, top: 30, width: 100, height: 120 };
  let painted: Edited;
  beforeAll(async () => {
    painted = await runCheaply({ box, settings: { steps: 4 } });
  });

  it("paints that box once, learns nothing and has no anchors", () => {
    const { result, progress } = painted;
    expect(result.anchors).toEqual([]);
    expect(result.results).toHaveLength(1);
    expect(result.results[0]).toMatchObject({ rank: 1, anchor: null, box });
    expect(result.proposals).toEqual([{ anchor: null, box, losses: result.results[0]?.losses, steps: 4 }]);
    expect(result.calls).toEqual({ drafts: 0, full: 1, equivalent: 1 });
    expect(progress.map(({ phase }) => phase)).not.toContain("round");
    expect(progress.at(-1)).toMatchObject({ phase: "done", stepsDone: 4, stepsTotal: 4 });
  });

  it("changes pixels inside the box alone, and others with another seed", async () => {
    const other = await runCheaply({ box, settings: { steps: 4, seed: 1 } });
    expect(picturesIn(other)).not.toEqual(picturesIn(painted));
    const { result, folder } = painted;
    const before = await readPicture(scene("s000.png"));
    const after = await readPicture(join(folder, result.results[0]?.file ?? ""));
    let [inside, outside] = [0, 0];
    for (const [index, value] of before.rgb.entries()) {
      if (value === after.rgb[index]) continue;
      const pixel = Math.floor(index / 3);
      const [x, y] = [pixel % 256, Math.floor(pixel / 256)];
      const isInside = x >= 40 && x < 140 && y >= 30 && y < 150;
      if (isInside) inside++;
      else outside++;
    }
    expect(outside).toBe(0);
    expect(inside).toBeGreaterThan(1000);
  });

  it("that reaches out of the picture is refused with both sizes", async () => {
    const outside = smallRequest({ box: { left: 200, top: 0, width: 57, height: 10 } });
    await expect(run(outside)).rejects.toMatchObject({
      code: "box-outside-picture",
      message: expect.stringContaining("256x256"),
    });
  });
});

describe("what a person should know", () => {
  it("is warned of: fewer anchors by the budget, by the room, cut prompts, unknown words", async () => {
    const prompt = `a zeppelin ${"and a very big tree ".repeat(12)}`.trim();
    const { result } = await run(
      smallRequest({
        prompt,
        settings: { anchors: 8, budget: 8, steps: 1, proposals: 2, anchorSpacing: 400, mask: "box" },
      }),
    );
    const codes = result.warnings.map(({ code }) => code);
    expect(codes).toEqual(
      expect.arrayContaining(["prompt-cut", "words-unknown", "budget-lowered-anchors", "anchors-fewer"]),
    );
    expect(result.anchors).toHaveLength(1);
    expect(result.calls.equivalent).toBeLessThanOrEqual(8);
  });

  it("is that no result gained, where all are weak", async () => {
    // A single pixel brings no picture nearer to anything.
    const { result } = await runCheaply({ box: { left: 9, top: 9, width: 1, height: 1 } });
    expect(result.results.map(({ weak }) => weak)).toEqual([true]);
    expect(result.warnings.map(({ code }) => code)).toContain("results-weak");
  });

  it("is warned of no weakness where the best result gained", async () => {
    const { result } = await run(smallRequest({ box: { left: 114, top: 34, width: 132, height: 174 } }));
    expect(result.results.map(({ weak }) => weak)).toEqual([false]);
    expect(result.warnings.map(({ code }) => code)).not.toContain("results-weak");
  });
});

describe("an edit that cannot be", () => {
  it("is refused before anything is painted: no picture, another inpainter, a cancelled signal", async () => {
    const runs = models.runtime.times.runs;
    const attempts = [
      [smallRequest({ image: scene("absent.png") }), undefined, "picture-not-found"],
      [smallRequest({ settings: { inpainter: "crayons" } }), undefined, "inpainter-unknown"],
      [smallRequest(), AbortSignal.abort(), "cancelled"],
    ] as const;
    for (const [request, signal, code] of attempts) {
      await expect(run(request, signal && { signal }), code).rejects.toMatchObject({ code });
    }
    expect(models.runtime.times.runs).toBe(runs);
  });

  it.each(["features", "painting", "round", "result"] as const)(
    "and is cancelled at the phase %s ends in a coded error soon",
    async (phase) => {
      const controller = new AbortController();
      const after: string[] = [];
      const running = runCheaply(undefined, {
        signal: controller.signal,
        onProgress(message) {
          if (controller.signal.aborted) after.push(message.phase);
          if (message.phase === phase) controller.abort();
        },
      });
      await expect(running).rejects.toMatchObject({ code: "cancelled" });
      // At most what was under way is still told.
      expect(after.length).toBeLessThanOrEqual(1);
      expect(after).not.toContain("done");
    },
  );

  it("leaves models that the next edit can use", async () => {
    const { result } = await runCheaply({ box: { left: 10, top: 10, width: 50, height: 50 } });
    expect(result.results).toHaveLength(1);
  });
});

describe.each(["straight-through", "reinforce"] as const)("an edit by the %s estimator", (estimator) => {
  it("keeps the contract too", async () => {
    const { result } = await runCheaply({
      settings: { chooser: "network", estimator, structureNorm: "frobenius", rank: "paper" },
    });
    expect(result.settings).toMatchObject({ estimator, structureNorm: "frobenius", rank: "paper" });
    const qualities = result.results.map(({ scores }) => scores.quality);
    expect(qualities).toEqual([...qualities].sort((a, b) => b - a));
    expect(result.calls.equivalent).toBeLessThanOrEqual(cheap.budget);
  });
});

describe.each(["process", "network", "paper"] as const)("an edit by the chooser %s", (chooser) => {
  it("says so, keeps its budget, and gives results of different boxes", async () => {
    const { result } = await runCheaply({ settings: { chooser } });
    expect(result).toMatchObject({ chooser, settings: { chooser } });
    expect(result.results.length).toBeGreaterThan(0);
    const boxes = result.results.map(({ box }) => JSON.stringify(box));
    expect(new Set(boxes).size).toBe(boxes.length);
    expect(result.calls.equivalent).toBeLessThanOrEqual(cheap.budget);
  });
});

describe("an edit of a part of the picture", () => {
  const where = { left: 0, top: 0, width: 50, height: 100 };

  it("looks for places there alone, though what is replaced stands elsewhere, and says so", async () => {
    const { result } = await runCheaply({ settings: { where } });
    expect(result.settings.where).toEqual(where);
    expect(result.anchors.length).toBeGreaterThan(0);
    // The pine tree of s000.png stands around 180, 121.
    for (const { x } of result.anchors) expect(x).toBeLessThanOrEqual(128);
  });

  it("is none of the whole picture, whatever edits", () => {
    const picture = { width: 100, height: 100 };
    const whole = { method: "diffedit", withRegion: false, where: null } as const;
    expect(givenBoxOf(null, whole, picture)).toEqual({ left: 0, top: 0, width: 100, height: 100 });
    expect(givenBoxOf(null, { ...whole, where }, picture)).toBeNull();
  });
});

describe("what chose the boxes", () => {
  it("is learned where nothing was asked for, in requests from before that could not ask too, and given with a box", async () => {
    const caches = nothingPainted();
    const request = cheapRequest({ settings: { anchors: 1, budget: 2, steps: 1 } });
    const { chooser: _, ...settings } = request.settings;
    expect((await run(request, { models: tiny, caches })).result.chooser).toBe("learned");
    const before = await run({ ...request, settings }, { models: tiny, caches });
    expect(before.result).toMatchObject({ chooser: "learned", settings: { chooser: "learned" } });
    const box = { left: 10, top: 10, width: 50, height: 50 };
    expect((await runCheaply({ box })).result.chooser).toBe("given");
  });
});

describe("an edit by Null-text inversion", () => {
  const settings = { method: "null-text", guidance: 2, steps: 2 } as const;

  it("is of the whole picture, and loads before it paints what it learns with", async () => {
    const { result, progress } = await run(smallRequest({ source: "bus", settings }), { models: tiny });
    expect(result).toMatchObject({ method: "null-text", edited: "whole picture" });
    const phases = progress.map(({ phase }) => phase);
    expect(phases.indexOf("loading")).toBeGreaterThan(phases.indexOf("features"));
    expect(phases.indexOf("painting")).toBeGreaterThan(phases.indexOf("loading"));
  });

  it("stays inside a box that it is pasted into", async () => {
    const box = { left: 20, top: 24, width: 64, height: 56 };
    const request = smallRequest({ source: "bus", box, settings: { ...settings, withRegion: true } });
    const edited = await run(request, { models: tiny });
    expect(edited.result).toMatchObject({ method: "null-text", edited: "box" });
    const file = edited.result.results[0]?.file ?? "";
    const [before, after] = [await readPicture(request.image), await readPicture(join(edited.folder, file))];
    const changed = [...after.rgb.keys()].filter((i) => after.rgb[i] !== before.rgb[i]);
    const isInside = (i: number) => {
      const [x, y] = [Math.floor(i / 3) % after.width, Math.floor(i / 3 / after.width)];
      return x >= 20 && x < 84 && y >= 24 && y < 80;
    };
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.filter((i) => !isInside(i))).toEqual([]);
  });
});
