import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openPack } from "../../../src/packs/open.ts";
import type { Pack } from "../../../src/packs/pack.ts";
import { featureNames } from "../../../src/pipeline/regions/prior/box-features.ts";
import { writePriorNetwork } from "../../../src/pipeline/regions/prior/network-file.ts";
import { learningPlaces, madeBy } from "../../../src/pipeline/regions/prior/places.ts";
import { initialPrior } from "../../../src/pipeline/regions/prior/prior-network.ts";
import { openEditLearning } from "../../../src/pipeline/steps/starting-network.ts";

const models = join(import.meta.dirname, "../../../models");
const features = featureNames.length;
const moments = { mean: new Float32Array(features), spread: new Float32Array(features).fill(1) };
const weights = initialPrior({ features, hidden: 2, members: 1 }, moments, 1);
const painter = { inpainter: "stable-diffusion", month: () => "2026-11" };

let folder: string;
let pack: Pack;
let ownFile: string;
let learnedFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lrbot-start-"));
  const mini = await openPack("mini", { roots: [models] });
  const manifest = { ...mini.manifest, regionNetwork: "region.safetensors" };
  pack = { manifest, folder };
  ownFile = join(folder, "region.safetensors");
  learnedFile = learningPlaces(folder, "mini").network;
  await mkdir(dirname(learnedFile), { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));

const write = (file: string, version: string, made = madeBy(pack.manifest, painter.inpainter)) =>
  writePriorNetwork(file, { weights, version, made, lossSpread: 0.2, reference: [] });
const versionOf = async (learns = true) => {
  const options = { folder: learns ? folder : null, keeps: false };
  return (await openEditLearning(pack, options, painter)).network?.version ?? null;
};

describe("what edits start from", () => {
  it("is nothing where the pack names no network and nothing was learned", async () => {
    pack = { ...pack, manifest: { ...pack.manifest, regionNetwork: null } };
    expect(await versionOf()).toBeNull();
  });

  it("is the pack's network until one was learned, and again once that is gone", async () => {
    await write(ownFile, "own");
    expect(await versionOf()).toBe("own");
    await write(learnedFile, "learned");
    expect(await versionOf()).toBe("learned");
    expect(await versionOf(false)).toBe("own");
    await rm(learnedFile);
    expect(await versionOf()).toBe("own");
  });

  it("is not what was learned of another version of the pack, or of what another painter made", async () => {
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    await write(ownFile, "own");
    await write(learnedFile, "learned", "mini 0.9.0 stable-diffusion");
    expect(await versionOf()).toBe("own");
    await write(learnedFile, "learned", madeBy(pack.manifest, "a1111"));
    expect(await versionOf()).toBe("own");
    expect(log).toHaveBeenCalledTimes(2);
    log.mockRestore();
  });

  it("is not what was learned and is damaged, which the log tells", async () => {
    await write(ownFile, "own");
    await writeFile(learnedFile, "nothing of use");
    const log = vi.spyOn(console, "error").mockImplementation(() => {});
    expect(await versionOf()).toBe("own");
    expect(log).toHaveBeenCalledOnce();
    log.mockRestore();
  });

  it("fails with a code where the pack's own is damaged", async () => {
    await writeFile(ownFile, "nothing of use");
    await expect(versionOf()).rejects.toMatchObject({ code: "weights-corrupt" });
  });

  it("has a book to keep losses in where they are kept, and none elsewhere", async () => {
    await write(ownFile, "own");
    const bookWith = async (keeps: boolean, at: string | null) =>
      (await openEditLearning(pack, { folder: at, keeps }, painter)).book;
    expect(await bookWith(true, folder)).not.toBeNull();
    expect(await bookWith(false, folder)).toBeNull();
    expect(await bookWith(true, null)).toBeNull();
  });
});
