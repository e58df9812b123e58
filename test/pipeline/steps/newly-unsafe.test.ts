import { expect, it } from "vitest";
import type { Patch } from "../../../src/pipeline/steps/patches.ts";
import { createSafetyCheck } from "../../../src/pipeline/steps/safety.ts";
import type { SafetyPolicy } from "../../../src/types.ts";
import { noisyPicture, refusal } from "../image/pictures.ts";

const source = noisyPicture(32, 32, 1);
const [harmless, unsafe] = [noisyPicture(32, 32, 2), noisyPicture(32, 32, 3)];

/** A check of a source that is as unsafe as that, whose first result is harmless and whose second is not. */
async function sift(
  policy: SafetyPolicy,
  input: number,
  refusesNewlyUnsafe: boolean,
  results = [harmless, unsafe],
) {
  const model = {
    name: "told",
    inspect: async (picture: typeof source) => (picture === source ? input : picture === unsafe ? 0.9 : 0.1),
    [Symbol.asyncDispose]: async () => {},
  };
  const check = createSafetyCheck({
    model,
    policy,
    refusesNewlyUnsafe,
    signal: new AbortController().signal,
  });
  await check.checkPicture(source);
  const box = { left: 0, top: 0, width: 32, height: 32 };
  const painted = results.map((picture) => ({
    picture,
    patch: { box, frame: box, painted: picture } as Patch,
  }));
  const compose = async (patch: Patch) => painted.find((each) => each.patch === patch)?.picture ?? source;
  return (await check.sift(painted, compose)).kept.map(({ picture }) => picture);
}

it("a result that an edit made unsafe is left out, also where unsafe pictures are only marked", async () => {
  expect(await sift("mark", 0.1, true)).toEqual([harmless]);
  await refusal(sift("mark", 0.1, true, [unsafe]), "picture-refused");
});

it("it stays where the source was unsafe itself, where the rule is off, and where nothing is checked", async () => {
  expect(await sift("mark", 0.8, true)).toEqual([harmless, unsafe]);
  expect(await sift("mark", 0.1, false)).toEqual([harmless, unsafe]);
  expect(await sift("off", 0.1, true)).toEqual([harmless, unsafe]);
});
