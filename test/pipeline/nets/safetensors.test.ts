import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSafetensors, openWeights, readTensor } from "../../../src/pipeline/nets/safetensors.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "safetensors-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A file with this header text and so many bytes of data. */
async function write(
  name: string,
  header: string,
  dataBytes: number,
  headerLength?: bigint,
): Promise<string> {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(headerLength ?? BigInt(text.length));
  const file = path.join(folder, name);
  await writeFile(file, Buffer.concat([length, text, Buffer.alloc(dataBytes)]));
  return file;
}

const one = (dtype: string, shape: unknown, offsets: unknown): string =>
  JSON.stringify({ w: { dtype, shape, data_offsets: offsets } });

describe("a safetensors header", () => {
  it("locates each tensor in bytes of the file and skips the metadata", async () => {
    const header = JSON.stringify({
      __metadata__: { format: "pt" },
      a: { dtype: "F16", shape: [2, 3], data_offsets: [0, 12] },
      b: { dtype: "I64", shape: [], data_offsets: [12, 20] },
    });
    const { tensors } = await openSafetensors(await write("sound", header, 20));
    const start = 8 + header.length;
    expect(Object.fromEntries(tensors)).toEqual({
      a: { dtype: "F16", shape: [2, 3], offset: start, length: 12 },
      b: { dtype: "I64", shape: [], offset: start + 12, length: 8 },
    });
  });

  it.each([
    ["is longer than the file", one("F32", [1], [0, 4]), 4, 1000n],
    ["claims to be larger than the format allows", one("F32", [1], [0, 4]), 4, 2n ** 63n],
    ["is cut in the middle of its JSON", one("F32", [1], [0, 4]), 4, 20n],
    ["is no object", "[1, 2]", 4, undefined],
    ["is null", "null", 4, undefined],
    ["has an unknown type", one("F33", [1], [0, 4]), 4, undefined],
    ["takes a type from an object's prototype", one("toString", [1], [0, 4]), 4, undefined],
    ["has a negative side", one("F32", [-1], [0, 4]), 4, undefined],
    ["has a broken side", one("F32", [0.5], [0, 2]), 4, undefined],
    ["has no offsets", JSON.stringify({ w: { dtype: "F32", shape: [1] } }), 4, undefined],
    ["has offsets that do not match the shape", one("F32", [2], [0, 4]), 8, undefined],
    ["has offsets that run backwards", one("F32", [1], [4, 0]), 8, undefined],
    ["has offsets beyond the file", one("F32", [4], [0, 16]), 15, undefined],
    ["has a shape whose size is beyond whole numbers", one("F32", [2 ** 40, 2 ** 40], [0, 4]), 4, undefined],
  ])("that %s is refused, and the file is named", async (title, header, bytes, length) => {
    const file = await write(title.replaceAll(/\W/g, "-"), header, bytes, length);
    await expect(openSafetensors(file)).rejects.toMatchObject({
      code: "weights-corrupt",
      message: expect.stringContaining(file),
    });
  });

  it("whose tensors overlap is refused", async () => {
    const header = JSON.stringify({
      a: { dtype: "F32", shape: [2], data_offsets: [0, 8] },
      b: { dtype: "F32", shape: [2], data_offsets: [4, 12] },
    });
    const file = await write("overlap", header, 12);
    await expect(openSafetensors(file)).rejects.toMatchObject({ code: "weights-corrupt" });
  });

  it("of fewer than 8 bytes is refused", async () => {
    const file = path.join(folder, "short");
    await writeFile(file, "1234");
    await expect(openSafetensors(file)).rejects.toMatchObject({ code: "weights-corrupt" });
  });
});

describe("weights", () => {
  it("that are not there are a missing file, each name that was tried in the message", async () => {
    await expect(openWeights(folder, ["x.safetensors", "x.fp16.safetensors"])).rejects.toMatchObject({
      code: "pack-file-missing",
      message: expect.stringContaining("x.safetensors or x.fp16.safetensors"),
    });
  });

  it("are read as floats from 32, 16 and bfloat 16 bits", async () => {
    const header = JSON.stringify({
      half: { dtype: "F16", shape: [5], data_offsets: [0, 10] },
      brain: { dtype: "BF16", shape: [2], data_offsets: [10, 14] },
      single: { dtype: "F32", shape: [1], data_offsets: [14, 18] },
    });
    const file = await write("floats", header, 0);
    const data = Buffer.alloc(18);
    const halves = [0x3c00, 0xc000, 0x3555, 0x0001, 0x7c00];
    for (const [i, bits] of [...halves, 0x3fc0, 0xc2f7].entries()) data.writeUInt16LE(bits, 2 * i);
    data.writeFloatLE(0.1, 14);
    await writeFile(file, data, { flag: "a" });
    const weights = await openSafetensors(file);
    const half = await readTensor(weights, "half", [5]);
    expect([...half.data]).toEqual([1, -2, 0.333251953125, 2 ** -24, Number.POSITIVE_INFINITY]);
    expect([...(await readTensor(weights, "brain", [2])).data]).toEqual([1.5, -123.5]);
    expect([...(await readTensor(weights, "single", [1])).data]).toEqual([Math.fround(0.1)]);
  });

  it("of whole numbers are no network's weights", async () => {
    const weights = await openSafetensors(await write("whole", one("I32", [1], [0, 4]), 4));
    await expect(readTensor(weights, "w", [1])).rejects.toMatchObject({ code: "weights-tensor-shape" });
  });
});
