import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Pack, packPaintedBy, packSchema } from "../../src/packs/pack.ts";

const folder = join(import.meta.dirname, "../../models/mini");
const written = JSON.parse(readFileSync(join(folder, "pack.json"), "utf8"));
const networks = { transformer: "tokens", autoencoder: "vq", scheduler: "tokens" };
const tokens = { ...networks, textEncoder: "clip", tokenizer: "tokenizer", classes: { names: "nouns.txt" } };

const packWith = (changes: object): Pack => ({
  folder,
  manifest: packSchema.parse({ ...written, ...changes }),
});

describe("a pack that paints tokens as well", () => {
  it("is as it was for its own inpainter, for none, and for a server's kind", () => {
    const pack = packWith({ tokens });
    for (const inpainter of [null, "stable-diffusion", "a1111"])
      expect(packPaintedBy(pack, inpainter)).toBe(pack);
  });

  it.each(["amused", "maskgit"])(
    "paints with the transformer's networks for %s, and with no LoRA",
    (inpainter) => {
      const loras = [{ path: "lora.safetensors" }];
      const { manifest } = packPaintedBy(packWith({ tokens, loras }), inpainter);
      expect(packSchema.safeParse(manifest).success).toBe(true);
      expect(manifest).toMatchObject({
        ...{ inpainter, scheduler: "tokens", loras: [], classes: { names: "nouns.txt", threshold: 0.7 } },
        networks: { clip: "clip", unet: null, transformer: "tokens", autoencoder: "vq", textEncoder: "clip" },
      });
    },
  );

  it.each([
    ["amused", null, "needs a masked transformer"],
    ["maskgit", null, "needs a masked transformer"],
    ["maskgit", { ...tokens, classes: null }, "needs classes"],
  ])("is refused where it lacks something: %s with %o", (inpainter, lacking, message) => {
    expect(() => packPaintedBy(packWith({ tokens: lacking }), inpainter)).toThrow(
      expect.objectContaining({ code: "inpainter-unknown", message: expect.stringContaining(message) }),
    );
  });
});
