import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const mini = join(import.meta.dirname, "../../models/mini");

/**
 * Puts a pack named `far` into a folder of packs: the embedded one's eyes and words, and painting left to servers.
 * @param workflow That it names for a ComfyUI; none by default.
 */
export function addRemotePack(packs: string, workflow: string | null = null): void {
  const { networks, tokenizers, files, reference, ...rest } = JSON.parse(
    readFileSync(join(mini, "pack.json"), "utf8"),
  );
  const { clip, vit } = networks;
  const kept = [clip, vit, tokenizers.clip, rest.nouns, rest.words, rest.synonyms];
  const isKept = ({ path }: { path: string }) => kept.includes(path.split("/")[0]);
  const manifest = {
    ...rest,
    name: "far",
    networks: { clip, vit },
    tokenizers: { clip: tokenizers.clip },
    regionNetwork: null,
    scheduler: null,
    inpainter: "remote",
    workflow,
    painting: { ...rest.painting, side: 64, steps: 4, draftSteps: 1, fast: null },
    files: files.filter(isKept),
  };
  mkdirSync(join(packs, "far"), { recursive: true });
  for (const { path } of manifest.files) cpSync(join(mini, path), join(packs, "far", path));
  writeFileSync(join(packs, "far", "pack.json"), JSON.stringify(manifest));
}
