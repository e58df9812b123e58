import type { JobFailure, LaneOffer, NewJob } from "../../src/store/jobs.ts";
import type { EditResult, Progress } from "../../src/types.ts";

let made = 0;

/** An id that no other call gave. */
export function newId(): string {
  made++;
  return made.toString(36).padStart(16, "0");
}

export interface JobOptions {
  readonly id?: string;
  readonly user?: string;
  readonly workspace?: string | null;
  readonly pack?: string;
  readonly isGivenBox?: boolean;
  readonly prompt?: string;
}

/** A job as a chat would add it. */
export function newJob({
  id = newId(),
  user = "ann",
  workspace = "guild",
  pack = "mini",
  isGivenBox = false,
  prompt = "a big tree with many flowers",
}: JobOptions = {}): NewJob {
  const place = { platform: "chat", workspace, channel: "pictures", thread: null, isDirect: false };
  return {
    id,
    owner: { platform: "chat", workspace, user },
    askedIn: place,
    place,
    isPrivate: false,
    locale: "en-GB",
    request: {
      image: "source.png",
      prompt,
      source: null,
      negative: "",
      pack,
      box: isGivenBox ? { left: 0, top: 0, width: 64, height: 64 } : null,
      settings,
    },
    showsBox: false,
    lineage: null,
    area: null,
    replyTo: null,
  };
}

/** A lane that runs everything. */
export function offer(changes: Partial<LaneOffer> = {}): LaneOffer {
  return { lane: "cpu", packs: null, loadedPack: null, loadingMilliseconds: 0, ...changes };
}

export const failure: JobFailure = {
  code: "out-of-memory",
  message: "Expected memory, got none.",
  reference: null,
};

export function progress(stepsDone: number): Progress {
  return { version: 1, phase: "loading", stepsDone, stepsTotal: 100, secondsLeft: 100 - stepsDone };
}

const settings = {
  anchors: 8,
  proposals: 7,
  seed: 0,
  steps: null,
  budget: 14,
  strength: null,
  guidance: null,
  inpainter: null,
  estimator: "expected",
  structureNorm: "rms",
  anchorSpacing: null,
  rank: "guarded",
} as const;

export interface ResultOptions {
  readonly pack?: string;
  readonly load?: number;
  readonly total?: number;
}

/** What a lane answers, with one picture. */
export function result({ pack = "mini", load = 0, total = 1000 }: ResultOptions = {}): EditResult {
  const losses = { clip: 0.5, structure: 0.1, direction: 0.4, total: 1 };
  const box = { left: 8, top: 8, width: 64, height: 64 };
  return {
    image: { file: "source.png", width: 128, height: 128, sha256: "0".repeat(64) },
    prompt: "a big tree with many flowers",
    source: { text: "tree", from: "found", confidence: 0.9 },
    pack,
    inpainter: "test",
    device: "cpu",
    seed: 0,
    settings: { ...settings, negative: "" },
    network: null,
    anchors: [{ x: 40, y: 40, attention: 0.1 }],
    proposals: [{ anchor: 0, box, losses, steps: 20 }],
    results: [
      {
        rank: 1,
        anchor: 0,
        box,
        file: "result-1.png",
        overlay: "overlay-1.png",
        scores: { t2i: 0.3, i2i: 0.8, quality: 1.4 },
        losses,
        weak: false,
      },
    ],
    calls: { drafts: 0, full: 1, equivalent: 1 },
    warnings: [],
    milliseconds: { load, features: 10, learn: 10, paint: 10, rank: 10, total },
  };
}
