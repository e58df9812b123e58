import { deflateSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { decodePicture } from "../../../../src/pipeline/image/image.ts";
import { flatRgb, pngChunks, pngOf, rawRgb, refusal } from "../pictures.ts";
import { adobeProfile } from "../profiles.ts";

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

const u32 = (...values: readonly number[]) => {
  const data = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) data.writeUInt32BE(value, index * 4);
  return data;
};

const cicp = (...code: readonly number[]): Chunk => ({ type: "cICP", data: Buffer.from(code) });
const gamma = (value: number): Chunk => ({ type: "gAMA", data: u32(value) });
const srgb: Chunk = { type: "sRGB", data: Buffer.of(0) };
const adobe: Chunk = {
  type: "iCCP",
  data: Buffer.concat([Buffer.from("Adobe\0\0", "latin1"), deflateSync(adobeProfile())]),
};
/** White, red, green, blue. */
const chromaticities = (...values: readonly number[]): Chunk => ({ type: "cHRM", data: u32(...values) });
const p3 = chromaticities(31_270, 32_900, 68_000, 32_000, 26_500, 69_000, 15_000, 6000);
const bt709 = chromaticities(31_270, 32_900, 64_000, 33_000, 30_000, 60_000, 15_000, 6000);

const colour = [150, 120, 90] as const;
let chunks: Chunk[] = [];
beforeAll(async () => {
  chunks = pngChunks(
    await rawRgb(flatRgb(40, 40, colour))
      .png()
      .toBuffer(),
  ).filter(({ type }) => type !== "pHYs");
});

async function read(...tags: readonly Chunk[]): Promise<number[]> {
  const [header, ...rest] = chunks;
  const { rgb } = await decodePicture(pngOf([...(header ? [header] : []), ...tags, ...rest]));
  return [...rgb.subarray(0, 3)];
}

/** What the tags make of the colour: found from each alone, so that a pair of them shows which one counts. */
const untouched = [...colour];

describe("what says the colours of a PNG", () => {
  it("each of cICP, iCCP, cHRM and gAMA changes them, sRGB does not", async () => {
    expect(await read(srgb)).toEqual(untouched);
    for (const tag of [cicp(12, 13, 0, 1), adobe, p3, gamma(100_000)])
      expect(await read(tag)).not.toEqual(untouched);
  });

  it("cICP counts before iCCP, iCCP before sRGB, sRGB before cHRM and gAMA", async () => {
    const [byCicp, byProfile] = [await read(cicp(12, 13, 0, 1)), await read(adobe)];
    expect(await read(cicp(12, 13, 0, 1), adobe, srgb, p3, gamma(100_000))).toEqual(byCicp);
    expect(await read(adobe, gamma(100_000), p3)).toEqual(byProfile);
    expect(await read(srgb, gamma(100_000), p3)).toEqual(untouched);
  });

  it("a cICP of sRGB switches off a profile, one that says nothing does not", async () => {
    expect(await read(cicp(1, 13, 0, 1), adobe)).toEqual(untouched);
    expect(await read(cicp(2, 2, 0, 1), adobe)).toEqual(await read(adobe));
  });

  it("P3 by cHRM is what P3 by cICP is", async () => {
    expect(await read(p3, gamma(45_455))).toEqual(await read(cicp(12, 13, 0, 1)));
  });

  it("the gAMA and cHRM that most programs write for sRGB change no byte", async () => {
    expect(await read(bt709, gamma(45_455))).toEqual(untouched);
    expect(await read(gamma(45_000))).toEqual(untouched);
  });

  it("gAMA of 1 is linear light", async () => {
    // 255 times sRGB's curve at 150/255, 120/255 and 90/255.
    expect(await read(gamma(100_000))).toEqual([202, 182, 160]);
  });

  it("chunks that name nothing change nothing", async () => {
    expect(await read(gamma(0))).toEqual(untouched);
    expect(await read(chromaticities(0, 0, 0, 0, 0, 0, 0, 0))).toEqual(untouched);
    expect(await read({ type: "cHRM", data: Buffer.alloc(7) })).toEqual(untouched);
  });

  it("of them, one that is damaged makes a PNG damaged", async () => {
    const [header, ...rest] = chunks;
    const bytes = pngOf([...(header ? [header] : []), gamma(100_000), ...rest]);
    const at = bytes.indexOf("gAMA", 0, "latin1") + 5;
    bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    expect((await refusal(decodePicture(bytes), "picture-corrupt")).message).toContain("gAMA is damaged");
  });
});
