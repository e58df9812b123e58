import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { breakPack, withHeader } from "../broken-pack.ts";
import { shareWorkers } from "../in-process.ts";
import { emptyFolder, everythingIn, scene, temporaryFolder } from "../lrbot.ts";

const folder = temporaryFolder();
const packs = join(folder, "data", "packs");
const environment = { LRBOT_DATA: join(folder, "data") };
const workers = shareWorkers();
afterAll(async () => {
  await workers[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const unet = "unet/diffusion_pytorch_model.safetensors";
const clip = "clip/model.safetensors";

beforeAll(() => {
  breakPack(packs, "flipped", clip, flipLastByte, { hidden: true });
  breakPack(packs, "shortened", clip, (bytes) => bytes.subarray(0, -1), { hidden: true });
  breakPack(packs, "cut-header", unet, (bytes) => bytes.subarray(0, 100));
  breakPack(packs, "cut-tensors", unet, (bytes) => bytes.subarray(0, bytes.length - 1000));
  breakPack(packs, "no-tensor", unet, (bytes) =>
    withHeader(bytes, (header) => {
      delete header["conv_in.weight"];
    }),
  );
  breakPack(packs, "other-shape", unet, (bytes) =>
    withHeader(bytes, (header) => {
      header["conv_in.weight"]?.shape.reverse();
    }),
  );
  breakPack(packs, "not-numbers", unet, (bytes) => Buffer.concat([bytes.subarray(0, -2000), halfNaNs(1000)]));
  breakPack(packs, "no-nouns", "nouns.txt", () => Buffer.from("\n"));
  breakPack(packs, "no-merges", "tokenizer/merges.txt", () => Buffer.from("#version: 0.2\n"));
  breakPack(packs, "no-file", clip, (bytes) => bytes);
  rmSync(join(packs, "no-file", "nouns.txt"));
  mkdirSync(join(packs, "no-json"));
  writeFileSync(join(packs, "no-json", "pack.json"), "{");
});

/** 16-bit floats that are not numbers. */
function halfNaNs(count: number): Buffer {
  return Buffer.alloc(2 * count, 0x7e);
}

function flipLastByte(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt8(changed.readUInt8(changed.length - 1) ^ 1, changed.length - 1);
  return changed;
}

describe("an edit with a pack that is no use", () => {
  it.each([
    ["absent", "pack-missing", "absent"],
    ["../mini", "pack-missing", "../mini"],
    ["flipped", "pack-hash-mismatch", clip],
    ["shortened", "pack-hash-mismatch", clip],
    ["cut-header", "weights-corrupt", "unet"],
    ["cut-tensors", "weights-corrupt", "unet"],
    ["no-tensor", "weights-tensor-missing", "conv_in.weight"],
    ["other-shape", "weights-tensor-shape", "conv_in.weight"],
    ["not-numbers", "weights-corrupt", "UNet"],
    ["no-nouns", "pack-invalid", "nouns.txt"],
    ["no-merges", "pack-invalid", "merges.txt"],
    ["no-file", "pack-file-missing", "nouns.txt"],
    ["no-json", "pack-invalid", "pack.json"],
  ])("%s ends in status 3, %s, and names what is wrong", async (pack, code, named) => {
    const home = emptyFolder(folder, `run-${pack.replace("/", "-")}`);
    const words = ["edit", "--image", scene, "--prompt", "a rabbit", "--pack", pack, "--quiet"];
    const { status, stdout, stderr } = await workers.runHere(words, { folder: home, environment });
    expect(stderr).toMatch(new RegExp(`^error ${code}: Expected [^\\n]*, got [^\\n]*\\n$`));
    expect(stderr).toContain(named);
    expect({ status, stdout, left: everythingIn(home) }).toEqual({ status: 3, stdout: "", left: [] });
  });
});

describe("lrbot packs", () => {
  it("lists the embedded pack first, and says of each other one what is wrong with it", async () => {
    const { status, stdout } = await workers.runHere(["packs", "list", "--json"], { folder, environment });
    expect(status).toBe(0);
    const listed: { name: string; error: string | null; bytes: number }[] = JSON.parse(stdout);
    expect(listed[0]).toMatchObject({ name: "mini", error: null });
    expect(listed[0]?.bytes).toBeGreaterThan(20e6);
    expect(Object.fromEntries(listed.map(({ name, error }) => [name, error]))).toMatchObject({
      flipped: null,
      shortened: "pack-hash-mismatch",
      "no-file": "pack-file-missing",
      "no-json": "pack-invalid",
    });
  });

  it("verifies every file of a pack by its sha256", async () => {
    const good = await workers.runHere(["packs", "verify", "mini", "--json"], { folder, environment });
    expect(good.status).toBe(0);
    const rows: { file: string; state: string }[] = JSON.parse(good.stdout);
    expect(rows.map(({ file }) => file)).toContain(unet);
    expect(new Set(rows.map(({ state }) => state))).toEqual(new Set(["matches"]));

    const bad = await workers.runHere(["packs", "verify", "flipped"], { folder, environment });
    expect(bad.status).toBe(3);
    expect(bad.stderr).toMatch(/^error pack-hash-mismatch: .*clip\/model\.safetensors.*\n$/);
  });
});
