import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { filesOf } from "../fakes/hub/tiny-pack.ts";

const mini = join(import.meta.dirname, "../../models/mini");
const painter = join(import.meta.dirname, "../fixtures/goldens/pipeline-sd15-inpaint/model");

/**
 * Puts a pack named `tiny` into a folder of packs: the embedded one's eyes and words, and a Stable Diffusion of random weights, which
 * paints noise in no time. For what does not hang on what is painted.
 */
export function addTinyPack(packs: string): void {
  const { networks, tokenizers, files, reference, ...rest } = JSON.parse(
    readFileSync(join(mini, "pack.json"), "utf8"),
  );
  const { clip, vit } = networks;
  const kept = [clip, vit, tokenizers.clip, rest.nouns, rest.words, rest.synonyms, rest.regionNetwork];
  const isKept = ({ path }: { path: string }) => kept.includes(path.split("/")[0]);
  const painting = Object.entries(filesOf(painter, "painter/")).map(([path, bytes]) => ({
    ...{ path, size: bytes.length, license: "MIT" },
    sha256: createHash("sha256").update(bytes).digest("hex"),
  }));
  const manifest = {
    ...rest,
    name: "tiny",
    networks: {
      clip,
      vit,
      unet: "painter/unet",
      autoencoder: "painter/vae",
      textEncoder: "painter/text_encoder",
    },
    tokenizers: { clip: tokenizers.clip, textEncoder: "painter/tokenizer" },
    scheduler: "painter/scheduler",
    judge: null,
    tokens: null,
    painting: { ...rest.painting, side: 32, fast: null },
    files: [...files.filter(isKept), ...painting],
  };
  const folder = join(packs, "tiny");
  mkdirSync(folder, { recursive: true });
  for (const { path } of files.filter(isKept)) cpSync(join(mini, path), join(folder, path));
  cpSync(painter, join(folder, "painter"), { recursive: true });
  writeFileSync(join(folder, "pack.json"), JSON.stringify(manifest));
}
