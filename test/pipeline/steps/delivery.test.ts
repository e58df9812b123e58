import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { EditError } from "../../../src/errors.ts";
import { type Delivery, deliver } from "../../../src/pipeline/steps/delivery.ts";
import { createProgressMeter } from "../../../src/pipeline/steps/progress.ts";
import { noisyPicture, plainImprint, temporaryFolder } from "../image/pictures.ts";

const { folder, path } = temporaryFolder();
const picture = noisyPicture(64, 64, 1);

/** Results of which composing ends as `compose` says. */
function delivery(compose: (rank: number) => Promise<typeof picture>): Delivery {
  const box = { left: 8, top: 8, width: 16, height: 16 };
  const losses = { clip: 0, structure: 0, direction: 0, total: 0 };
  const scores = { t2i: 0, i2i: 0, quality: 0 };
  const ranks = [1, 2, 3];
  return {
    picture,
    before: null,
    decided: null,
    painted: ranks.map((rank) => ({
      anchor: null,
      proposal: null,
      box,
      patch: { box, frame: { ...box, left: rank }, painted: { width: 1, height: 1, rgb: new Uint8Array(3) } },
      scores: { losses, t2i: 0, i2i: 0 },
      mask: null,
    })),
    ranked: ranks.map((rank, index) => ({ index, rank, scores, weak: false })),
    anchors: [],
    patches: { compose: (patch) => compose(patch.frame.left) },
    folder,
    meter: createProgressMeter(() => {}),
    signal: new AbortController().signal,
    imprint: plainImprint,
    watermark: null,
  };
}

it("tells a failure only once no file is in the making, so that the folder can be removed", async () => {
  const failure = new EditError("disk-full", "Expected room on the disk, got none.");
  const slow = async (rank: number) => {
    if (rank === 1) throw failure;
    await sleep(50 * rank);
    return picture;
  };
  await expect(deliver(delivery(slow))).rejects.toBe(failure);
  for (const rank of [2, 3]) {
    expect(existsSync(path(`result-${rank}.png`))).toBe(true);
    expect(existsSync(path(`overlay-${rank}.png`))).toBe(true);
  }
});
