import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { proposeBoxes } from "../../src/pipeline/regions/proposals.ts";
import type { Box, EditRequest, EditResult, FirstResult, ResultMask } from "../../src/types.ts";

// Results as a worker leaves them, without painting: for tests of what the bot does with them.

const anchors = [
  { x: 20, y: 20, attention: 0.3 },
  { x: 100, y: 20, attention: 0.2 },
  { x: 64, y: 100, attention: 0.1 },
];
export const pictureSize = { width: 128, height: 128 };
const zero = { clip: 0.5, structure: 0.1, direction: 0.9, total: 1.5 };

/** What a worker tells of the result that stands first. */
export const firstResult: FirstResult = {
  file: "first-result.png",
  anchor: 0,
  box: { left: 0, top: 0, width: 40, height: 40 },
  scores: { t2i: 0.3, i2i: 0.8, quality: 1.4 },
  losses: zero,
  unsafe: null,
  isUnsafe: false,
};

/** The upper half of a box. */
function maskOf(file: string, { width, height }: Box): ResultMask {
  const inside = width * Math.ceil(height / 2);
  return { file, width, height, runs: [0, inside, width * height - inside], losses: zero };
}

/** Writes three results with overlays, each of another colour, and gives what `edit.json` would hold. */
export async function paintResults(request: EditRequest, folder: string): Promise<EditResult> {
  mkdirSync(folder, { recursive: true });
  const { method } = request.settings;
  const isWhole = method !== null && method !== undefined && method !== "regions" && request.box === null;
  const given = request.box ?? (isWhole ? { left: 0, top: 0, ...pictureSize } : null);
  const boxes = given ? [given] : proposeBoxes(anchors, pictureSize, 7).map((sizes) => sizes[2]);
  for (const index of boxes.keys()) {
    writeFileSync(join(folder, `result-${index + 1}.png`), await flatPng(40 + 60 * index));
    writeFileSync(join(folder, `overlay-${index + 1}.png`), await flatPng(41 + 60 * index));
  }
  return {
    image: { file: "source", ...pictureSize, sha256: "0".repeat(64) },
    prompt: request.prompt,
    source: { text: request.source ?? "gift", from: request.source ? "given" : "found", confidence: 0.8 },
    pack: request.pack,
    inpainter: "stable-diffusion",
    device: "test",
    seed: request.settings.seed,
    settings: { ...request.settings, steps: request.settings.steps ?? 20, negative: request.negative },
    method: method ?? "regions",
    edited: isWhole ? "whole picture" : "box",
    network: null,
    anchors: given ? [] : anchors,
    proposals: [],
    results: boxes.map((box, index) => ({
      rank: index + 1,
      anchor: given ? null : index,
      box: box ?? { left: 0, top: 0, ...pictureSize },
      file: `result-${index + 1}.png`,
      overlay: `overlay-${index + 1}.png`,
      scores: { t2i: 0.3, i2i: 0.8, quality: 1.4 },
      losses: zero,
      mask: maskOf(`mask-${index + 1}.png`, box ?? { left: 0, top: 0, ...pictureSize }),
      weak: false,
    })),
    calls: { drafts: 24, full: 3, equivalent: 14 },
    warnings: [],
    milliseconds: { load: 0, features: 1, learn: 1, paint: 1, rank: 1, total: 4 },
  };
}

/** A square of noise around one grey, which no format makes small. */
export function noisyPng(grey: number, side: number): Promise<Buffer> {
  const noise = { type: "gaussian", mean: grey, sigma: 40 } as const;
  return sharp({ create: { width: side, height: side, channels: 3, noise, background: "#000" } })
    .png()
    .toBuffer();
}

/** The same as a JPEG. */
export async function flatJpeg(grey: number): Promise<Buffer> {
  return sharp(await flatPng(grey))
    .jpeg({ quality: 95 })
    .toBuffer();
}

/** A square of one grey. */
export function flatPng(grey: number, side = 128): Promise<Buffer> {
  return sharp({
    create: { width: side, height: side, channels: 3, background: { r: grey, g: grey, b: 200 } },
  })
    .png()
    .toBuffer();
}
