import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createJudge } from "../../../src/eval/figures/judge.ts";
import { clipLooker, type Looker, vitLooker } from "../../../src/eval/figures/looker.ts";
import { readSet } from "../../../src/eval/set.ts";
import { createCache } from "../../../src/pipeline/cache.ts";
import { readPicture } from "../../../src/pipeline/image/image.ts";
import type { Models } from "../../../src/pipeline/models.ts";
import { cosine } from "../../../src/pipeline/regions/losses.ts";
import { loadMini } from "../../pipeline/mini.ts";

let models: Models;
let lookers: readonly Looker[];
beforeAll(async () => {
  models = await loadMini();
  const nouns = createCache<readonly Float32Array[]>(1);
  const judge = await vitLooker(models, nouns);
  if (!judge) throw new Error("Expected the embedded pack to bring a judge, got none.");
  lookers = [clipLooker(models, nouns), judge];
});
afterAll(() => models[Symbol.asyncDispose]());

const scenes = async () => {
  const set = await readSet(join(import.meta.dirname, "../../../models/mini/eval"));
  return set.filter(({ kind, box }) => kind === "replace" && box !== null).slice(0, 16);
};

describe("the embedded pack's two scorers", () => {
  it("both name most things in their boxes", async () => {
    for (const looker of lookers) {
      const judge = createJudge(looker);
      let right = 0;
      for (const { path, box, source } of await scenes())
        if (box && (await judge.nounIn(await readPicture(path), box)) === source) right++;
      // 15 and 13 of 16.
      // 16 and 11 of 16.
      expect(right, looker.name).toBeGreaterThanOrEqual(9);
    }
  });

  it("both find a picture more like its own caption than like another's", async () => {
    const some = await scenes();
    for (const looker of lookers) {
      let right = 0;
      for (const [index, { path, caption }] of some.entries()) {
        const other = some[(index + 5) % some.length]?.caption ?? "";
        const [seen] = await looker.view([await readPicture(path)]);
        const own = await looker.embed(caption ?? "");
        if (seen && cosine(seen, own) > cosine(seen, await looker.embed(other))) right++;
      }
      expect(right, looker.name).toBeGreaterThanOrEqual(14);
    }
  });

  it("see otherwise: the judge's picture is not that of CLIP", async () => {
    const [first] = await scenes();
    const picture = await readPicture(first?.path ?? "");
    const [[byClip] = [], [byJudge] = []] = await Promise.all(
      lookers.map((looker) => looker.view([picture])),
    );
    expect(byClip && byJudge && cosine(byClip, byJudge)).toBeLessThan(0.95);
  });
});
