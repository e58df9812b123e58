import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadTokenizer, type Tokenizer } from "../../../src/pipeline/nets/tokenizer.ts";
import { openGolden } from "./goldens.ts";

const root = path.join(import.meta.dirname, "../../..");
const goldens = path.join(root, "test/fixtures/goldens");

interface RecordedCases {
  readonly cases: readonly { readonly text: string; readonly ids: readonly number[] }[];
}

/** Ids of one text from its start token to its end token. */
function idsOf(tokenizer: Tokenizer, text: string, positions = 77): number[] {
  const { ids, lengths } = tokenizer.encode([text], positions);
  return Array.from(ids.data.subarray(0, lengths[0]), Number);
}

describe("the tokenizer with CLIP's whole vocabulary", async () => {
  const tokenizer = await loadTokenizer(path.join(root, "models/clip-vocab"));
  const { cases }: RecordedCases = JSON.parse(
    await readFile(path.join(goldens, "clip-tokenizer/cases.json"), "utf8"),
  );

  it.each(cases.map(({ text, ids }) => [JSON.stringify(text).slice(0, 60), text, ids] as const))(
    "gives the recorded ids of %s",
    (_, text, ids) => {
      expect(idsOf(tokenizer, text)).toEqual(ids);
    },
  );

  it("pads as recorded, every text in a row of its own", async () => {
    const golden = await openGolden("clip-tokenizer");
    const { ids } = tokenizer.encode(["", "a photo of a cat", "it's 3 o'clock"], 77);
    expect(ids).toEqual(golden.ids("out.padded"));
  });

  it("frames every text with start and end, whatever the number of positions", () => {
    for (const positions of [2, 3, 24, 77]) {
      const { ids, lengths } = tokenizer.encode(["a very long text indeed"], positions);
      expect(ids.shape).toEqual([1, positions]);
      expect([ids.data[0], ids.data[(lengths[0] ?? 0) - 1]]).toEqual([49406n, 49407n]);
      expect(lengths[0]).toBeLessThanOrEqual(positions);
    }
  });

  it("encodes no texts at all as no rows", () => {
    expect(tokenizer.encode([], 77)).toMatchObject({
      ids: { shape: [0, 77] },
      lengths: [],
      cut: [],
      unknown: [],
    });
  });
});

describe("a text longer than the positions", async () => {
  const tokenizer = await loadTokenizer(path.join(root, "models/clip-vocab"));
  const cut = (text: string, positions: number) => tokenizer.encode([text], positions).cut[0];

  it("is cut, and what found no place is told from the first word that is not whole", () => {
    expect(cut("one two three four five", 7)).toBeNull();
    expect(cut("one two three four five", 6)).toBe("five");
    expect(cut("one two three four five", 4)).toBe("three four five");
    expect(cut("one two, three!", 5)).toBe("three!");
    expect(cut("one two", 2)).toBe("one two");
  });

  it("tells a word that is cut in the middle of its pieces whole", () => {
    const word = "supercalifragilistic";
    const pieces = idsOf(tokenizer, word).length - 2;
    expect(pieces).toBeGreaterThan(2);
    expect(cut(`a ${word} dog`, 2 + 1 + pieces - 1)).toBe(`${word} dog`);
    expect(cut(`a ${word} dog`, 2 + 1 + pieces)).toBe("dog");
  });

  it("has the ids of its beginning, and the end token in the last place", () => {
    const long = "one two three four five";
    const { ids, lengths } = tokenizer.encode([long], 5);
    expect(Array.from(ids.data, Number)).toEqual([...idsOf(tokenizer, "one two three").slice(0, -1), 49407]);
    expect(lengths).toEqual([5]);
  });

  it("does not lengthen the rows of the others", () => {
    const { cut: cuts, lengths } = tokenizer.encode(["one", "one two three four", ""], 5);
    expect(cuts).toEqual([null, "four", null]);
    expect(lengths).toEqual([3, 5, 2]);
  });
});

describe("the embedded pack's tokenizer", async () => {
  const folder = path.join(root, "models/mini");
  const tokenizer = await loadTokenizer(path.join(folder, "tokenizer"));
  const vocabulary: Record<string, number> = JSON.parse(
    await readFile(path.join(folder, "tokenizer/vocab.json"), "utf8"),
  );

  it("tells all words of the pack's world apart, and has one piece for most", async () => {
    const words = (await readFile(path.join(folder, "words.txt"), "utf8")).split("\n").filter(Boolean);
    const { ids, unknown } = tokenizer.encode(words, 24);
    const rows = words.map((_, row) => ids.data.slice(row * 24, (row + 1) * 24).join());
    expect(new Set(rows).size).toBe(words.length);
    // The world has grown since its words were made pieces.
    expect(unknown.flat()).toEqual(words.filter((word) => !(`${word}</w>` in vocabulary)));
    expect(unknown.flat()).toContain("dinosaur");
    expect(unknown.flat().length).toBeLessThan(words.length / 3);
  });

  it("names words that it has in pieces only, in lower case and each once", () => {
    const { unknown } = tokenizer.encode(["a Zeppelin and a zeppelin, 3 rabbits", "a rabbit"], 24);
    expect(unknown[0]).toContain("zeppelin");
    expect(unknown[0]?.filter((word) => word === "zeppelin")).toHaveLength(1);
    expect(unknown[1]).toEqual([]);
  });

  it("gives ids of its own vocabulary to any text", () => {
    const size = Object.keys(vocabulary).length;
    for (const text of [
      "",
      "äöü ßé",
      "日本語",
      "🐰🌲",
      "<|startoftext|>",
      "a\u0000b",
      "x".repeat(500),
      "''''",
      "\ud800",
    ]) {
      for (const id of idsOf(tokenizer, text, 24)) expect(id, JSON.stringify(text)).toBeLessThan(size);
    }
  });
});

describe("a tokenizer's folder", () => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(path.join(tmpdir(), "tokenizers-"));
  });
  afterAll(() => rm(home, { recursive: true }));

  /** A copy of a recorded pipeline's tokenizer that a test may change. */
  async function copied(): Promise<string> {
    const folder = await mkdtemp(path.join(home, "copy-"));
    await cp(path.join(goldens, "pipeline-sd15-inpaint/model/tokenizer"), folder, { recursive: true });
    return folder;
  }

  it("needs no more than vocab.json and merges.txt, as Stable Diffusion's repositories have them", async () => {
    const folder = await copied();
    const whole = idsOf(await loadTokenizer(folder), "A photo of a red fox, 4k");
    await rm(path.join(folder, "special_tokens_map.json"));
    await rm(path.join(folder, "tokenizer_config.json"));
    const golden = await openGolden("pipeline-sd15-inpaint");
    const tokenizer = await loadTokenizer(folder);
    expect(idsOf(tokenizer, "A photo of a red fox, 4k")).toEqual(whole);
    expect(tokenizer.encode(["blurry, low quality", "A photo of a red fox, 4k"], 77).ids).toEqual(
      golden.ids("out.input_ids"),
    );
  });

  it("may name another padding token, as Stable Diffusion 2's does, in either of two forms", async () => {
    for (const pad of ["!", { content: "!", lstrip: false }]) {
      const folder = await copied();
      await writeFile(path.join(folder, "special_tokens_map.json"), JSON.stringify({ pad_token: pad }));
      const vocabulary = JSON.parse(await readFile(path.join(folder, "vocab.json"), "utf8"));
      const { ids, lengths } = (await loadTokenizer(folder)).encode(["a"], 10);
      const padding = ids.data.subarray(lengths[0]);
      expect([...new Set(padding)]).toEqual([BigInt(vocabulary["!"])]);
    }
  });

  it.each(["vocab.json", "merges.txt"])("without %s lacks a file of the pack", async (name) => {
    const folder = await copied();
    await rm(path.join(folder, name));
    await expect(loadTokenizer(folder)).rejects.toMatchObject({
      code: "pack-file-missing",
      message: expect.stringContaining(name),
    });
  });

  it.each([
    ["vocab.json", "{"],
    ["vocab.json", "[]"],
    ["vocab.json", '{"a": -1}'],
    ["vocab.json", '{"a</w>": 0}'],
    ["special_tokens_map.json", '{"bos_token": 5}'],
    ["special_tokens_map.json", '{"pad_token": "not a piece"}'],
    ["tokenizer_config.json", "{"],
  ])("whose %s holds %s makes the pack invalid", async (name, text) => {
    const folder = await copied();
    await writeFile(path.join(folder, name), text);
    await expect(loadTokenizer(folder)).rejects.toMatchObject({ code: "pack-invalid" });
  });
});
