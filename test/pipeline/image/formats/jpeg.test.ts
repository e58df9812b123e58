import sharp from "sharp";
import { beforeAll, describe, expect, it } from "vitest";
import { readJpegMarkers, withoutStrayBytes } from "../../../../src/pipeline/image/formats/jpeg.ts";
import { decodePicture } from "../../../../src/pipeline/image/image.ts";
import { pictureLimits } from "../../../../src/pipeline/image/picture-limits.ts";
import { gradient, noise, noisyPicture, rawRgb, refusal } from "../pictures.ts";

let baseline = Buffer.alloc(0);
let progressive = Buffer.alloc(0);
beforeAll(async () => {
  const picture = () => rawRgb(noisyPicture(80, 64, 3));
  baseline = await picture().jpeg({ quality: 80 }).toBuffer();
  progressive = await picture().jpeg({ quality: 80, progressive: true }).toBuffer();
});

/** The JPEG with bytes inserted at a place. */
const inserted = (jpeg: Buffer, at: number, ...values: readonly number[]) =>
  Buffer.concat([jpeg.subarray(0, at), Buffer.from(values), jpeg.subarray(at)]);
const jfifOfRevision7 = Buffer.from("ffe000104a46494600070100000100010000", "hex");
const placeOf = (jpeg: Buffer, marker: string, after = 0) => jpeg.indexOf(marker, after, "hex");

describe("a JPEG's scans", () => {
  it("are counted by their markers: one in a baseline JPEG, ten in a progressive one", () => {
    expect(readJpegMarkers(baseline).scans).toBe(1);
    expect(readJpegMarkers(progressive).scans).toBe(10);
  });

  it("are refused above the limit and not at it, however small the file is", async () => {
    const scan = placeOf(progressive, "ffda");
    const next = Math.min(...["ffda", "ffc4"].map((marker) => placeOf(progressive, marker, scan + 2)));
    const again = (count: number) =>
      Buffer.concat([
        progressive.subarray(0, scan),
        ...Array.from({ length: count }, () => progressive.subarray(scan, next)),
        progressive.subarray(next),
      ]);
    expect(readJpegMarkers(again(pictureLimits.scans - 9)).scans).toBe(pictureLimits.scans);
    const { message } = await refusal(
      decodePicture(again(pictureLimits.scans - 8)),
      "picture-too-many-scans",
    );
    expect(message).toContain("at most 100 scans");
  });
});

describe("what makes a decoder warn and costs no pixel", () => {
  const harmless: [string, (jpeg: Buffer) => Buffer][] = [
    ["bytes between segments", (jpeg) => inserted(jpeg, placeOf(jpeg, "ffc4"), 1, 2, 3)],
    ["bytes before the end", (jpeg) => inserted(jpeg, jpeg.length - 2, 0, 0, 7)],
    // A whole segment of JFIF that says it is of revision 7.01.
    ["a revision of JFIF that nobody knows", (jpeg) => inserted(jpeg, 2, ...jfifOfRevision7)],
  ];

  it.each(harmless)("%s: the picture is whole, and the same", async (_, change) => {
    for (const jpeg of [baseline, progressive]) {
      expect((await decodePicture(change(jpeg))).rgb).toEqual((await decodePicture(jpeg)).rgb);
    }
  });

  it.each(harmless)("%s: does not hide that half of the picture is gone", async (_, change) => {
    for (const jpeg of [baseline, progressive]) {
      const cut = change(jpeg);
      await refusal(decodePicture(cut.subarray(0, Math.floor(cut.length / 2))), "picture-corrupt");
      const closed = Buffer.concat([cut.subarray(0, Math.floor(cut.length / 2)), Buffer.from("ffd9", "hex")]);
      await refusal(decodePicture(closed), "picture-corrupt");
    }
  });

  it("parameters of a scan that a sequential JPEG has no use for, as some phones write them", async () => {
    const odd = Buffer.from(baseline);
    // How many components, two bytes for each, then the three parameters.
    odd.fill(0, placeOf(odd, "ffda") + 11, placeOf(odd, "ffda") + 14);
    await expect(sharp(odd, { failOn: "warning" }).raw().toBuffer()).rejects.toThrow("SOS parameters");
    expect((await decodePicture(odd)).rgb).toEqual((await decodePicture(baseline)).rgb);
  });

  it("a JPEG without any of it is left as it lies in memory", () => {
    expect(readJpegMarkers(baseline).bytes).toBe(baseline);
  });

  it("bytes after a scan are taken out where the warning says how many stand before which marker", () => {
    const stray = inserted(baseline, baseline.length - 2, 0, 0, 7);
    const warning = "VipsJpeg: Corrupt JPEG data: 3 extraneous bytes before marker 0xd9";
    expect(withoutStrayBytes(stray, warning).map((bytes) => Buffer.compare(bytes, baseline))).toEqual([0]);
    expect(withoutStrayBytes(stray, "VipsJpeg: Premature end of JPEG file")).toEqual([]);
  });

  it("many bytes before the end are taken out in a sequential JPEG, and in a progressive one where they merely fill", async () => {
    const custom = inserted(baseline, baseline.length - 2, ...noise(400, 7).map((value) => value & 127));
    expect((await decodePicture(custom)).rgb).toEqual((await decodePicture(baseline)).rgb);
    const filled = inserted(progressive, progressive.length - 2, ...Array<number>(400).fill(0));
    expect((await decodePicture(filled)).rgb).toEqual((await decodePicture(progressive)).rgb);
  });

  it("a scan of which a part was overwritten is damaged, though the decoder warns of bytes after it alone", async () => {
    const jpeg = Buffer.from(progressive);
    const scans = [];
    for (let at = placeOf(jpeg, "ffda"); at >= 0; at = placeOf(jpeg, "ffda", at + 2)) scans.push(at);
    const last = scans.at(-1) ?? 0;
    // Zeros are codes as good as others: the scan is over long before its bytes are.
    jpeg.fill(0, last + 20, last + 60);
    await expect(sharp(jpeg, { failOn: "warning" }).raw().toBuffer()).rejects.toThrow(
      "extraneous bytes before marker",
    );
    await refusal(decodePicture(jpeg), "picture-corrupt");
  });
});

it("a JPEG that claims megapixels and holds next to nothing is damaged", async () => {
  const bytes = await rawRgb(gradient(64, 64)).jpeg().toBuffer();
  const frame = placeOf(bytes, "ffc0");
  bytes.writeUInt16BE(7000, frame + 5);
  bytes.writeUInt16BE(7000, frame + 7);
  await refusal(decodePicture(bytes), "picture-corrupt");
});
