import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";
import type { Picture } from "../../../src/pipeline/image/picture.ts";
import type { Patch } from "../../../src/pipeline/steps/patches.ts";
import { createPreviews, type Draft, removePreviews } from "../../../src/pipeline/steps/previews.ts";
import type { Box, Losses, Preview } from "../../../src/types.ts";
import { plainImprint } from "../image/pictures.ts";

const root = mkdtempSync(join(tmpdir(), "lrbot-previews-"));
afterAll(() => rmSync(root, { recursive: true }));

const box: Box = { left: 0, top: 0, width: 4, height: 4 };
const lossesOf = (total: number): Losses => ({ clip: total, structure: 0, direction: 0, total });
const pictureOf = (grey: number): Picture => ({
  ...{ width: 1024, height: 512, alpha: null },
  rgb: new Uint8Array(1024 * 512 * 3).fill(grey),
});
/** A draft that lost so much; its picture is as grey as that. */
const draftOf = (total: number, left = 0): Draft => {
  const at = { ...box, left };
  return {
    box: at,
    patch: { box: at, frame: at, painted: pictureOf(total) },
    scores: { losses: lossesOf(total) },
  };
};

function setUp(inspected = { unsafe: null as number | null, isUnsafe: false, isRefused: false }) {
  const folder = mkdtempSync(join(root, "edit-"));
  const shown: Preview[] = [];
  const inspectedGreys: number[] = [];
  const clock = { now: 0 };
  const compose = async ({ painted }: Patch) => pictureOf(painted.rgb[0] ?? 0);
  const previews = createPreviews({
    ...{
      folder,
      imprint: plainImprint,
      placeCost: ({ left }: Box) => left,
      show: (one) => void shown.push(one),
    },
    patches: { composeForScoring: compose },
    safetyCheck: {
      async inspect(patch, of) {
        inspectedGreys.push((await of(patch)).rgb[0] ?? -1);
        return inspected;
      },
    },
    now: () => clock.now,
  });
  return { ...{ folder, shown, inspectedGreys, clock, previews } };
}

describe("previews", () => {
  it("are the first draft and then better ones, one in five seconds at most", async () => {
    const { previews, shown, clock, folder } = setUp();
    await previews.note([draftOf(90), draftOf(100)]);
    expect(shown).toEqual([{ file: "preview-1.jpg", isUnsafe: false }]);
    clock.now = 4999;
    await previews.note([draftOf(50)]);
    expect(shown).toHaveLength(1);
    // The one that came too soon is shown with the next that is noted, though that is worse.
    clock.now = 5000;
    await previews.note([draftOf(70)]);
    clock.now = 20_000;
    await previews.note([draftOf(60)]);
    expect(shown.map(({ file }) => file)).toEqual(["preview-1.jpg", "preview-2.jpg"]);
    const { info, data } = await sharp(join(folder, "preview-2.jpg"))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height]).toEqual([512, 256]);
    expect(Math.abs((data[0] ?? 0) - 50)).toBeLessThan(3);
  });

  it("say where they cost more for where they lie", async () => {
    const { previews, inspectedGreys } = setUp();
    await previews.note([draftOf(50, 100), draftOf(90)]);
    expect(inspectedGreys).toEqual([90]);
  });

  it("wait for the safety model, which sees what is shown, and are not shown where it refuses", async () => {
    const refused = setUp({ unsafe: 0.9, isUnsafe: true, isRefused: true });
    await refused.previews.note([draftOf(90)]);
    expect(refused.inspectedGreys).toEqual([90]);
    expect(refused.shown).toEqual([]);
    expect(readdirSync(refused.folder)).toEqual([]);
    const marked = setUp({ unsafe: 0.9, isUnsafe: true, isRefused: false });
    await marked.previews.note([draftOf(90)]);
    expect(marked.shown).toEqual([{ file: "preview-1.jpg", isUnsafe: true }]);
  });

  it("are taken away", async () => {
    const { previews, folder } = setUp();
    await previews.note([draftOf(90)]);
    await removePreviews(folder);
    expect(readdirSync(folder)).toEqual([]);
  });
});
