import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadTokenizer } from "../../../src/pipeline/nets/tokenizer.ts";
import { readTokenizerFiles } from "../../../src/pipeline/nets/tokenizer-files.ts";

const fixtures = path.join(import.meta.dirname, "../../fixtures");
const small = path.join(fixtures, "goldens/pipeline-sd15-inpaint/model/tokenizer");

let root: string;
let vocab: Record<string, number>;
let merges: string[];
beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), "tokenizers-"));
  vocab = JSON.parse(await readFile(path.join(small, "vocab.json"), "utf8"));
  const text = await readFile(path.join(small, "merges.txt"), "utf8");
  merges = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
});
afterAll(() => rm(root, { recursive: true }));

const text = "It's a zebra, 3 spaceships and <|endoftext|> zzz";
async function read(folder: string) {
  const { ids, lengths, cut, unknown } = (await loadTokenizer(folder)).encode([text, ""], 32);
  return { ids: [...ids.data], lengths, cut, unknown };
}

const model = { type: "BPE", end_of_word_suffix: "</w>", unk_token: "<|endoftext|>" };

/** A folder as transformers 5 saves it. */
async function newFolder(change: object, configuration?: object): Promise<string> {
  const folder = await mkdtemp(path.join(root, "new-"));
  const written = { version: "1.0", added_tokens: [], model: { ...model, vocab, merges, ...change } };
  await writeFile(path.join(folder, "tokenizer.json"), JSON.stringify(written));
  const config = path.join(folder, "tokenizer_config.json");
  if (configuration) await writeFile(config, JSON.stringify(configuration));
  else await cp(path.join(fixtures, "configs/clip-v5-tokenizer_config.json"), config);
  return folder;
}

describe("the tokenizer.json that transformers 5 writes alone", () => {
  it("gives the ids of vocab.json and merges.txt, its merges as texts or as pairs", async () => {
    const old = await read(small);
    expect(new Set(old.ids).size).toBeGreaterThan(10);
    expect(await read(await newFolder({}))).toEqual(old);
    expect(await read(await newFolder({ merges: merges.map((merge) => merge.split(" ")) }))).toEqual(old);
  });

  it("is read together with tokens that it adds to its vocabulary", async () => {
    const folder = await newFolder({}, { pad_token: { content: "<pad>" } });
    const file = path.join(folder, "tokenizer.json");
    const whole = JSON.parse(await readFile(file, "utf8"));
    await writeFile(file, JSON.stringify({ ...whole, added_tokens: [{ id: 7777, content: "<pad>" }] }));
    const { special } = await readTokenizerFiles(folder);
    expect(special.pad).toEqual({ text: "<pad>", id: 7777 });
  });

  it.each([
    ["type", "WordPiece"],
    ["end_of_word_suffix", null],
    ["byte_fallback", true],
  ])("of another kind (%s %j) is refused by the field", async (field, value) => {
    await expect(loadTokenizer(await newFolder({ [field]: value }))).rejects.toMatchObject({
      code: "network-unsupported",
      message: expect.stringContaining(`model.${field}`),
    });
  });

  it("without merges is an invalid pack", async () => {
    await expect(loadTokenizer(await newFolder({ merges: [] }))).rejects.toMatchObject({
      code: "pack-invalid",
      message: expect.stringContaining("tokenizer.json"),
    });
  });

  it("gives way to vocab.json where both are there", async () => {
    const folder = await newFolder({ merges: [] });
    for (const name of ["vocab.json", "merges.txt"])
      await cp(path.join(small, name), path.join(folder, name));
    expect((await read(folder)).lengths).toEqual((await read(small)).lengths);
  });
});

describe("a tokenizer's files", () => {
  it("may have byte order marks and CRLF", async () => {
    const folder = await mkdtemp(path.join(root, "windows-"));
    await cp(small, folder, { recursive: true });
    for (const name of ["vocab.json", "merges.txt", "tokenizer_config.json"]) {
      const plain = await readFile(path.join(small, name), "utf8");
      await writeFile(path.join(folder, name), `\ufeff${plain.replaceAll("\n", "\r\n")}`);
    }
    expect(await read(folder)).toEqual(await read(small));
  });

  it("say nothing of a special token by null", async () => {
    const nothing = { bos_token: null, eos_token: null, pad_token: null };
    const { special } = await readTokenizerFiles(await newFolder({}, nothing));
    const { special: standard } = await readTokenizerFiles(await newFolder({}, {}));
    expect(special).toEqual(standard);
    expect(special.pad).toEqual(special.end);
  });

  it("that are not there at all are missed by the first name", async () => {
    const folder = await mkdtemp(path.join(root, "empty-"));
    await expect(loadTokenizer(folder)).rejects.toMatchObject({
      code: "pack-file-missing",
      message: expect.stringContaining("vocab.json"),
    });
  });
});
