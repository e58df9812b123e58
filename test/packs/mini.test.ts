import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { openPack } from "../../src/packs/open.ts";
import type { Pack } from "../../src/packs/pack.ts";
import { verifyPack } from "../../src/packs/verify.ts";
import { loadTokenizer } from "../../src/pipeline/nets/tokenizer.ts";
import { unknownWords } from "../../src/pipeline/steps/prompt.ts";

const models = join(import.meta.dirname, "../../models");
const linesOf = (file: string) => readFileSync(file, "utf8").split("\n").filter(Boolean);

describe("the embedded pack", () => {
  let pack: Pack;
  beforeAll(async () => {
    pack = await openPack("mini", { roots: [models] });
  });

  it("has every file that its manifest lists, with its size and its sha256", async () => {
    const verified = await verifyPack(pack);
    expect(verified.map(({ path }) => path)).toEqual(pack.manifest.files.map(({ path }) => path));
    expect(verified.every(({ state }) => state === "matches")).toBe(true);
    expect(pack.manifest.files.every(({ size }) => size !== null)).toBe(true);
  });

  it("lists every file that is in its folders, once", () => {
    const listed = pack.manifest.files.map(({ path }) => path);
    expect(new Set(listed).size).toBe(listed.length);
    const { networks, tokenizers, scheduler, tokens } = pack.manifest;
    const painting = [scheduler, tokens?.transformer ?? null, tokens?.autoencoder ?? null];
    const named = [...Object.values(networks), ...Object.values(tokenizers), ...painting];
    const folders = new Set(named.filter((folder) => folder !== null));
    const found = [...folders].flatMap((folder) =>
      readdirSync(join(pack.folder, folder)).map((name) => `${folder}/${name}`),
    );
    expect(listed.filter((path) => dirname(path) !== ".").sort()).toEqual(found.sort());
    expect(listed).toEqual(expect.arrayContaining([pack.manifest.nouns, pack.manifest.words]));
  });

  it("has nouns that its world's words are made of, each once, and that the text model can tell apart", async () => {
    const { nouns, words, tokenizers } = pack.manifest;
    const things = linesOf(join(pack.folder, nouns));
    const world = new Set(linesOf(join(pack.folder, words ?? "")));
    expect(new Set(things).size).toBe(things.length);
    expect(things.length).toBeGreaterThan(50);
    expect(things.flatMap((noun) => unknownWords(noun, world))).toEqual([]);
    const tokenizer = await loadTokenizer(join(pack.folder, tokenizers.clip));
    const encoded = tokenizer.encode(things, 24);
    expect(encoded.cut.filter(Boolean)).toEqual([]);
    const { data, shape } = encoded.ids;
    const rows = things.map((_, row) => data.slice(row * 24, (row + 1) * 24).join());
    expect(shape).toEqual([things.length, 24]);
    expect(new Set(rows).size).toBe(things.length);
  });

  it("has 200 evaluation pictures of all kinds, and knows the words of their prompts but for those of whole sentences", () => {
    const words = new Set(linesOf(join(pack.folder, pack.manifest.words ?? "")));
    const files = readdirSync(join(pack.folder, "eval"));
    const lines = linesOf(join(pack.folder, "eval/prompts.jsonl")).map(
      (line): { file: string; prompt: string; kind: string; source?: string } => JSON.parse(line),
    );
    expect(new Set(lines.map(({ file }) => file)).size).toBe(200);
    const free = ["relation", "paragraph"];
    for (const { file, prompt, source, kind } of lines) {
      expect(files).toContain(file);
      if (!free.includes(kind)) expect(unknownWords(`${prompt} ${source ?? ""}`, words), file).toEqual([]);
    }
    const counts = new Map<string, number>();
    for (const { kind } of lines) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    expect([...counts.keys()].sort()).toEqual([
      ...["add", "ambiguous", "attributes", "background", "objects", "paragraph", "relation", "replace"],
    ]);
    expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(16);
  });
});

describe("the project's copy of CLIP's vocabulary", () => {
  it("has all 49,408 pieces", async () => {
    const vocabulary: object = JSON.parse(readFileSync(join(models, "clip-vocab/vocab.json"), "utf8"));
    expect(Object.keys(vocabulary)).toHaveLength(49_408);
    await expect(loadTokenizer(join(models, "clip-vocab"))).resolves.toBeDefined();
  });
});
