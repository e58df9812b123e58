import { describe, expect, it } from "vitest";
import {
  type Colours,
  coloursOf,
  coloursOfCicp,
  conversionOf,
  type Pixel,
  srgbColours,
} from "../../../../src/pipeline/image/colour/conversion.ts";
import { areSrgb, matrixToSrgb, primariesOf } from "../../../../src/pipeline/image/colour/primaries.ts";
import {
  hlgToScene,
  linearToSrgb,
  pqToNits,
  srgbToLinear,
  transferOf,
} from "../../../../src/pipeline/image/colour/transfer.ts";

const cicp = (primaries: number, transfer: number, isFullRange = true) => {
  const colours = coloursOfCicp({ primaries, transfer, isFullRange });
  if (colours === null) throw new Error("these are the colours of sRGB");
  return colours;
};

function converted(colours: Colours, highest: number, ...pixel: Pixel): number[] {
  conversionOf(colours, highest)(pixel);
  return pixel;
}

describe("transfer characteristics have the values of their standards", () => {
  it.each([
    // ITU-R BT.2408, table 1: codes of 10 bits as shares, and light.
    [0.58, 203, 1.5],
    [0.7518, 1000, 3],
    [0.9026, 4000, 15],
    [1, 10_000, 0.01],
    [0, 0, 0],
  ])("PQ %f is %f candela per square metre", (code, nits, within) => {
    expect(Math.abs(pqToNits(code) - nits)).toBeLessThanOrEqual(within);
  });

  it.each([
    [0, 0],
    [0.5, 1 / 12],
    // BT.2408: reference white lies at 75 %.
    [0.75, 0.265],
    [1, 1],
  ])("HLG %f is %f of the scene's light", (code, light) => expect(hlgToScene(code)).toBeCloseTo(light, 3));

  it("sRGB comes back, and its half is 0.214", () => {
    expect(srgbToLinear(0.5)).toBeCloseTo(0.21404, 5);
    for (let code = 0; code <= 255; code++) {
      expect(255 * linearToSrgb(srgbToLinear(code / 255))).toBeCloseTo(code, 4);
    }
  });

  it.each([1, 2, 6, 11, 12, 13, 14, 15])("%i is taken for sRGB", (code) =>
    expect(transferOf(code)).toBeNull(),
  );
});

describe("primaries", () => {
  it("of sRGB and BT.709 need no matrix", () => {
    expect([1, 2].map((code) => areSrgb(primariesOf(code)))).toEqual([true, true]);
    expect([5, 6, 9, 12].map((code) => areSrgb(primariesOf(code)))).toEqual([false, false, false, false]);
  });

  it("of BT.2020 have the matrix of ITU-R BT.2087", () => {
    const right = [1.6605, -0.5876, -0.0728, -0.1246, 1.1329, -0.0083, -0.0182, -0.1006, 1.1187];
    for (const [index, value] of right.entries()) {
      expect(matrixToSrgb(primariesOf(9))?.[index]).toBeCloseTo(value, 3);
    }
  });

  it.each([4, 5, 6, 8, 9, 10, 11, 12, 22])("of code %i leave white white", (code) => {
    const matrix = matrixToSrgb(primariesOf(code)) ?? [];
    for (const row of [0, 3, 6]) {
      expect((matrix[row] ?? 0) + (matrix[row + 1] ?? 0) + (matrix[row + 2] ?? 0)).toBeCloseTo(1, 6);
    }
  });

  it("that lie on a line have no matrix", () => {
    const line = { red: [0.1, 0.1], green: [0.2, 0.2], blue: [0.3, 0.3], white: [0.3127, 0.329] } as const;
    expect(matrixToSrgb(line)).toBeNull();
  });
});

describe("a conversion to 8-bit sRGB", () => {
  it("leaves sRGB alone", () => {
    for (let code = 0; code <= 255; code++) {
      expect(converted(srgbColours, 255, code, 255 - code, 7, 90)).toEqual([code, 255 - code, 7, 90]);
    }
    expect([coloursOf({}), coloursOfCicp({ primaries: 1, transfer: 13, isFullRange: true })]).toEqual([
      null,
      null,
    ]);
  });

  it("keeps greys of every kind of primaries grey", () => {
    for (const primaries of [4, 9, 11, 12, 22]) {
      for (const grey of [0, 1, 64, 128, 255]) {
        expect(converted(cicp(primaries, 13), 255, grey, grey, grey, 255)).toEqual([grey, grey, grey, 255]);
      }
    }
  });

  it("gives linear light of 16 bits its place, dark light too", () => {
    for (const code of [1, 4, 20, 100, 200, 255]) {
      const light = Math.round(65_535 * srgbToLinear(code / 255));
      expect(converted(cicp(1, 8), 65_535, light, light, light, 65_535)).toEqual([code, code, code, 65_535]);
    }
  });

  it("stretches a limited range", () => {
    expect(converted(cicp(1, 13, false), 255, 16, 235, 126, 255)).toEqual([0, 255, 128, 255]);
    expect(converted(cicp(1, 13, false), 255, 0, 255, 16, 255)).toEqual([0, 255, 0, 255]);
  });

  it("divides by alpha, but not by none", () => {
    const premultiplied = { ...srgbColours, isPremultiplied: true };
    expect(converted(premultiplied, 255, 50, 25, 100, 100)).toEqual([128, 64, 255, 100]);
    expect(converted(premultiplied, 255, 50, 25, 100, 0)).toEqual([50, 25, 100, 0]);
    expect(converted(premultiplied, 255, 50, 25, 100, 255)).toEqual([50, 25, 100, 255]);
  });

  it("shows PQ of a page's white and below as it is, and rolls off what is brighter without ever turning back", () => {
    const codeOf = (light: number) => {
      // The inverse by halving: PQ rises.
      let [low, high] = [0, 65_535];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (pqToNits(middle / 65_535) < light) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    const grey = (nits: number) => {
      const code = codeOf(nits);
      return converted(cicp(9, 16), 65_535, code, code, code, 65_535)[0] ?? 0;
    };
    for (const code of [10, 60, 128, 180]) expect(grey(203 * srgbToLinear(code / 255))).toBe(code);
    const bright = [100, 150, 203, 300, 500, 800, 1000].map(grey);
    expect(bright).toEqual([...bright].sort((a, b) => a - b));
    expect([grey(203), grey(1000), grey(10_000)]).toEqual([243, 255, 255]);
  });

  it("shows HLG's reference white below white, and its peak at white", () => {
    const grey = (code: number) => {
      const sample = Math.round(code * 65_535);
      return converted(cicp(9, 18), 65_535, sample, sample, sample, 65_535)[0] ?? 0;
    };
    expect([grey(0), grey(1)]).toEqual([0, 255]);
    // BT.2408: 75 % is shown at 203 candela per square metre, as the white of a page is.
    expect(Math.abs(grey(0.75) - 242)).toBeLessThanOrEqual(1);
  });
});
