import { createHash } from "node:crypto";
import { join } from "node:path";
import type { PackManifest } from "../../packs/pack.ts";
import { stepsOf } from "../../pipeline/editors/methods.ts";
import { readPicture, sha256OfPicture } from "../../pipeline/image/image.ts";
import type { Picture } from "../../pipeline/image/picture.ts";
import type { RegionChooser } from "../../pipeline/regions/choosers/chooser.ts";
import type { PlaceCost } from "../../pipeline/regions/place-cost.ts";
import { boxKey, type Place, proposeAt } from "../../pipeline/regions/proposals.ts";
import type { EditParts } from "../../pipeline/steps/parts.ts";
import type { Patch, Patches } from "../../pipeline/steps/patches.ts";
import type { Scorer, Scores } from "../../pipeline/steps/scores.ts";
import type { CompleteSettings } from "../../pipeline/steps/settings.ts";
import type { Anchor, AnchorOrigin, Box, EditResult, Losses, MethodName } from "../../types.ts";
import type { SetPicture } from "../set.ts";
import { openPictureCache, type PictureCache } from "./picture-cache.ts";

/** What came of painting one box with one seed in so many steps. */
export interface Trial extends Scores {
  readonly losses: Losses;
  /** Of the processor, for painting and scoring: its share of a batch. */
  readonly seconds: number;
  /** Where its frame lies in the picture. */
  readonly frame: Box;
}

/** A box that was painted in all steps. */
export interface Painted {
  readonly box: Box;
  readonly trial: Trial;
  /** Its pixels; where they were not kept, it is painted once more. */
  patch(): Promise<Patch>;
}

/** Places of a picture and the boxes around them. */
export interface Regions {
  readonly anchors: readonly (Anchor & Place)[];
  /** `[anchor][proposal]` */
  readonly boxes: readonly (readonly Box[])[];
}

export interface RegionOptions {
  readonly anchors: number;
  readonly proposals: number;
  /** As `EditSettings.anchorSpacing`. */
  readonly spacing: number | null;
  readonly from: AnchorOrigin;
}

export interface TrialOptions {
  readonly seed: number;
  readonly steps: number;
}

/** All that painting says of one picture and prompt; what is known from before costs nothing. */
export interface PictureTable extends AsyncDisposable {
  readonly entry: SetPicture;
  readonly picture: Picture;
  readonly settings: CompleteSettings;
  readonly source: EditResult["source"];
  readonly scorer: Scorer;
  readonly cache: PictureCache;
  /** Processor seconds of steps 1 to 4 of an edit. */
  readonly featureSeconds: number;
  /** As the networks read it. */
  readonly prompt: string;
  /** As steps 2 and 3 of an edit find them. */
  regions(options: RegionOptions): Regions;
  /** What a box costs for where it lies, beside its loss. */
  readonly placeCost: PlaceCost;
  /**
   * A chooser of `lrbot edit`, with the costs of places that it has there.
   * @param key Says among which boxes: what it looks at of these is looked at once.
   */
  chooser(settings: Pick<CompleteSettings, "chooser" | "estimator">, key: string): Promise<RegionChooser>;
  /** In order; boxes that coincide share one. */
  trials(boxes: readonly Box[], options: TrialOptions): Promise<Trial[]>;
  /** A box painted in all steps. */
  painted(box: Box, seed: number): Promise<Painted>;
  /** What a method makes of the whole picture. */
  edited(method: MethodName): Promise<Painted>;
  /** The picture with a patch, as `lrbot edit` delivers it. */
  compose(patch: Patch): Promise<Picture>;
  /** Paints nothing: for what is asked of paintings that are there. */
  patches(): Promise<Patches>;
}

export interface TableOptions {
  readonly entry: SetPicture;
  readonly parts: EditParts;
  /** As `lrbot edit` would have them for this pack. */
  readonly settings: CompleteSettings;
  /** T_ROI is what the set says, in place of what is found. */
  readonly isSourceGiven: boolean;
  /** Folder of what is known of all pictures, of this pack. */
  readonly folder: string;
  /** Folder of what another run published, a file a picture; `null` for none. */
  readonly published: string | null;
  /** Seeds of which painted frames are kept beside their figures. */
  readonly keepsFrames: (seed: number) => boolean;
  readonly signal: AbortSignal;
  /** After each batch. */
  readonly onPainted: (boxes: number) => void;
}

/** @throws EditError whatever an edit throws; `disk-full`, `output-unwritable` of the cache */
export async function openTable(options: TableOptions): Promise<PictureTable> {
  const { entry, parts, settings, isSourceGiven, signal, onPainted } = options;
  const begun = process.cpuUsage();
  const picture = await readPicture(entry.path, { signal });
  const sha256 = sha256OfPicture(picture);
  const prompt = parts.read(entry.prompt).text;
  const seen = await parts.see(picture, sha256);
  const comparison = await seen.compare({
    request: { source: isSourceGiven ? entry.source : null, box: null },
    prompt,
    anchors: { anchors: settings.anchors, spacing: settings.anchorSpacing },
  });
  const scorer = comparison.scorer(settings.structureNorm);
  const spent = secondsSince(begun);
  const { source } = comparison;
  const { strength, guidance, structureNorm } = settings;
  // What an edit in the faster way changes stands in the settings and among the LoRAs.
  const {
    painting: { fast: _, ...painting },
    loras,
    framing,
    version,
    name,
  } = parts.manifest;
  const how = { strength, guidance, structureNorm, painting, loras, framing, version, name };
  const made = [sha256, prompt, source.text, parts.inpainter, how];
  const owner = createHash("sha256").update(JSON.stringify(made)).digest("hex").slice(0, 16);
  const { folder, published } = options;
  const cache = await openPictureCache(
    join(folder, owner),
    published && join(published, publishedName(owner)),
  );
  const featureSeconds = await kept(cache, "features seconds", () => spent);
  const opened = new Map<string, Promise<Patches & AsyncDisposable>>();
  const choosers = new Map<string, Promise<RegionChooser>>();

  function open(seed: number, method: MethodName): Promise<Patches & AsyncDisposable> {
    const key = `${method} ${seed}`;
    const known =
      opened.get(key) ??
      parts.paint({
        ...{ picture, sha256, signal, method, source: source.text },
        request: { ...settings, steps: stepsFor(method), prompt, negative: "", seed },
      });
    opened.set(key, known);
    // One that could not be opened is not there to be disposed of.
    known.catch(() => opened.delete(key));
    return known;
  }

  const stepsFor = (method: MethodName) => methodSteps(method, parts.manifest, settings);

  async function paint(
    boxes: readonly Box[],
    { seed, steps }: TrialOptions,
    method: MethodName,
  ): Promise<Patch[]> {
    const start = process.cpuUsage();
    const isFull = steps === stepsFor(method);
    const quality = isFull ? "full" : "draft";
    const patches = await open(seed, method);
    const painted = await patches.paint(boxes, { steps, quality, signal });
    const scores = await scorer.score(painted.map((patch) => patches.composeForScoring(patch, quality)));
    const seconds = secondsSince(start) / boxes.length;
    if (isFull && options.keepsFrames(seed)) {
      for (const { box, painted: frame } of painted)
        await cache.writeFrame(frameName(method, box, seed), { ...frame });
    }
    await cache.add(
      painted.map(({ box, frame }, index) => [
        trialKey(method, box, seed, steps),
        { ...scores[index], seconds: rounded(seconds), frame },
      ]),
    );
    onPainted(boxes.length);
    return painted;
  }

  async function trials(
    boxes: readonly Box[],
    how: TrialOptions,
    method: MethodName = "regions",
  ): Promise<Trial[]> {
    const keyOf = (box: Box) => trialKey(method, box, how.seed, how.steps);
    const missing = [...new Map(boxes.map((box) => [boxKey(box), box])).values()].filter(
      (box) => cache.get(keyOf(box)) === undefined,
    );
    const { batch } = parts.manifest.painting;
    for (let at = 0; at < missing.length; at += batch)
      await paint(missing.slice(at, at + batch), how, method);
    return boxes.map((box) => cache.get(keyOf(box)) as Trial);
  }

  async function painted(box: Box, seed: number, method: MethodName = "regions"): Promise<Painted> {
    const steps = stepsFor(method);
    const [trial] = await trials([box], { seed, steps }, method);
    if (!trial) throw new RangeError("Expected a trial of the box, got none.");
    return {
      ...{ box, trial },
      async patch() {
        const frame = await cache.readFrame(frameName(method, box, seed));
        if (frame) return { box, frame: trial.frame, painted: frame };
        const [patch] = await paint([box], { seed, steps }, method);
        if (!patch) throw new RangeError("Expected a painting of the box, got none.");
        return patch;
      },
    };
  }

  return {
    ...{ entry, picture, settings, source, scorer, cache, prompt, featureSeconds },
    regions({ proposals, ...how }) {
      const anchors = comparison.findAnchors(how);
      return { anchors, boxes: proposeAt(anchors, picture, proposals) };
    },
    placeCost: comparison.placeCost(settings.anchorsFrom),
    chooser(wanted, key) {
      const own = JSON.stringify([wanted, key]);
      const known = choosers.get(own) ?? comparison.chooser({ ...settings, ...wanted }, picture);
      choosers.set(own, known);
      return known;
    },
    trials: (boxes, how) => trials(boxes, how),
    painted: (box, seed) => painted(box, seed),
    edited(method) {
      const whole = { left: 0, top: 0, width: picture.width, height: picture.height };
      return painted(whole, settings.seed, method);
    },
    compose: async (patch) => (await open(settings.seed, settings.method)).compose(patch),
    patches: () => open(settings.seed, settings.method),
    async [Symbol.asyncDispose]() {
      for (const patches of opened.values()) await (await patches)[Symbol.asyncDispose]();
    },
  };
}

function methodSteps(method: MethodName, manifest: PackManifest, settings: CompleteSettings): number {
  return method === "regions" ? settings.steps : stepsOf(method, manifest, null);
}

/** Made once; from then on it is as it was the first time. */
export async function kept<Value>(
  cache: PictureCache,
  key: string,
  make: () => Value | Promise<Value>,
): Promise<Value> {
  const known = cache.get(key);
  if (known !== undefined) return known as Value;
  const made = await make();
  await cache.add([[key, made]]);
  // As it will be read the next time.
  return JSON.parse(JSON.stringify(made));
}

/** The file of what was published of a picture, by the name of its folder in a cache. */
export function publishedName(owner: string): string {
  return `${owner}.jsonl.gz`;
}

function trialKey(method: MethodName, box: Box, seed: number, steps: number): string {
  return `${method} ${boxKey(box)} seed ${seed} steps ${steps}`;
}

function frameName(method: MethodName, box: Box, seed: number): string {
  return `${method}-${boxKey(box).replaceAll(",", "-")}-seed-${seed}`;
}

function secondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
