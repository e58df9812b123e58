import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { featureNames } from "../../../../src/pipeline/regions/prior/box-features.ts";
import { readPriorNetwork, writePriorNetwork } from "../../../../src/pipeline/regions/prior/network-file.ts";
import { initialPrior } from "../../../../src/pipeline/regions/prior/prior-network.ts";
import { made, picturesOf } from "./law.ts";

const reference = picturesOf({ pictures: 3, seed: 1, boxes: 5 }).map((picture) => ({
  ...picture,
  losses: picture.losses.map(Math.fround),
}));
const size = { features: featureNames.length, hidden: 4, members: 2 };
const network = {
  weights: initialPrior(size, reference[0]!.own, 1),
  ...{ version: "law 1", made, lossSpread: 0.25, reference },
};
let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lrbot-network-"));
  file = join(folder, "region-network.safetensors");
  await writePriorNetwork(file, network);
});
afterEach(() => rm(folder, { recursive: true }));

async function rewritten(from: string, to: string): Promise<string> {
  const other = join(folder, "other.safetensors");
  const bytes = await readFile(file);
  await writeFile(other, Buffer.from(bytes.toString("latin1").replace(from, to), "latin1"));
  return other;
}

describe("region-network.safetensors", () => {
  it("is read as it was written, with its reference pictures and its sha256", async () => {
    const { sha256, ...read } = await readPriorNetwork(file);
    expect(read).toEqual(network);
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    await copyFile(file, join(folder, "copy"));
    expect((await readPriorNetwork(join(folder, "copy"))).sha256).toBe(sha256);
  });

  it("is refused where it is larger than 300 kB, and the one before stays", async () => {
    const { size: before } = await stat(file);
    const many = { ...network, reference: Array(400).fill(reference).flat() };
    await expect(writePriorNetwork(file, many)).rejects.toThrow("at most 300000 bytes");
    expect((await stat(file)).size).toBe(before);
  });

  it("is refused with a code where it is of other features, cut off, or missing", async () => {
    await expect(readPriorNetwork(await rewritten('"features":"1"', '"features":"7"'))).rejects.toMatchObject(
      {
        code: "network-unsupported",
      },
    );
    await expect(readPriorNetwork(await rewritten('"hidden":"4"', '"hidden":"x"'))).rejects.toMatchObject({
      code: "network-unsupported",
    });
    await expect(
      readPriorNetwork(await rewritten('"lossSpread":"0.25"', '"lossSpread":"-0.2"')),
    ).rejects.toMatchObject({ code: "network-unsupported" });
    await expect(readPriorNetwork(await rewritten('"members":"2"', '"members":"3"'))).rejects.toMatchObject({
      code: "weights-tensor-shape",
    });
    await writeFile(join(folder, "short"), (await readFile(file)).subarray(0, -4));
    await expect(readPriorNetwork(join(folder, "short"))).rejects.toMatchObject({ code: "weights-corrupt" });
    await expect(readPriorNetwork(join(folder, "none"))).rejects.toMatchObject({ code: "pack-file-missing" });
  });
});
