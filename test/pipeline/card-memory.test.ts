import { cp, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describePack } from "../../src/packs/open.ts";
import { type Pack, packSchema } from "../../src/packs/pack.ts";
import { cardBytesOf, requireFits } from "../../src/pipeline/card-memory.ts";

const root = path.join(import.meta.dirname, "../..");
let pack: Pack;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "card-"));
  await cp(path.join(root, "test/fixtures/more-goldens/pipeline-sdxl-inpaint/model"), folder, {
    recursive: true,
  });
  const { manifest } = await describePack("sdxl-inpaint", { roots: [path.join(root, "models")] });
  const weights = (await readdir(folder, { recursive: true })).filter((file) =>
    file.endsWith(".safetensors"),
  );
  const [like] = manifest.files;
  pack = {
    manifest: packSchema.parse({ ...manifest, files: weights.map((file) => ({ ...like, path: file })) }),
    folder,
  };
});
afterAll(() => rm(folder, { recursive: true }));

describe("what a pack takes on a card", () => {
  it("is its weights in 16 bits and the largest run, without encoders that are open only while they read", async () => {
    // Weights of the tiny networks are in 32 bits, behind a header of some kilobytes.
    const sizes = await Promise.all(
      ["unet/diffusion_pytorch_model.safetensors", "vae/diffusion_pytorch_model.safetensors"].map(
        async (file) => (await stat(path.join(folder, file))).size,
      ),
    );
    const stored = sizes.reduce((sum, size) => sum + size, 0);
    const decoding = 1024 ** 2 * 1620;
    const weights = (await cardBytesOf(pack)) - decoding;
    expect(weights).toBeGreaterThan(0.2 * stored);
    expect(weights).toBeLessThan(0.5 * stored);
  });

  it("is more where frames are larger", async () => {
    const { manifest } = pack;
    const small = packSchema.parse({ ...manifest, painting: { ...manifest.painting, side: 512 } });
    expect(await cardBytesOf({ ...pack, manifest: small })).toBeLessThan((await cardBytesOf(pack)) - 1e9);
  });

  it("is refused before anything is loaded where a card has less, and said with both figures", async () => {
    const card = (bytes: number | null) => () => Promise.resolve(bytes);
    await expect(requireFits(pack, "cuda:1", card(1e9))).rejects.toMatchObject({
      code: "pack-too-large",
      message: expect.stringMatching(
        /^Expected a card with 1\.7 GB for pack sdxl-inpaint, got cuda:1 with 1\.0 GB\.$/,
      ),
    });
    await requireFits(pack, "cuda:1", card(2e9));
    await requireFits(pack, "cuda:1", card(null));
    await requireFits(pack, "cpu");
  });
});
