import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readSet, spreadKinds } from "../../src/eval/set.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lrbot-set-"));
  for (const name of ["a.png", "b.png"]) writeFileSync(join(folder, name), "a picture, not opened here");
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (text: string) => writeFileSync(join(folder, "prompts.jsonl"), text);
const good = '{"file": "a.png", "prompt": "a fox"}';

describe("a set", () => {
  it("is a folder of pictures and a line of JSON for each, in the lines' order", async () => {
    write(
      `${good}\r\n\n{"file": "b.png", "prompt": " a castle ", "source": "dog", "box": {"left": 1, "top": 2, "width": 3, "height": 4}, "target": "castle", "kind": "replace", "ambiguous": true, "more": 1}\n`,
    );
    const [a, b] = await readSet(folder);
    expect(a).toEqual({
      ...{ file: "a.png", path: join(folder, "a.png"), line: 1, prompt: "a fox", source: null, box: null },
      ...{ target: null, caption: null, kind: null, isAmbiguous: false },
    });
    expect(b).toMatchObject({
      ...{ line: 3, prompt: "a castle", source: "dog", target: "castle", kind: "replace", isAmbiguous: true },
      box: { left: 1, top: 2, width: 3, height: 4 },
    });
  });

  it("is spread, so that its beginnings hold every kind in its proportion", async () => {
    const line = (kind: string | null, prompt: string) => JSON.stringify({ file: "a.png", prompt, kind });
    const few = ["replace", "add", null].map((kind) => line(kind, "few"));
    const many = Array.from({ length: 9 }, (_, index) => line("replace", String(index + 1)));
    write([...few, ...many].join("\n"));
    const spread = spreadKinds(await readSet(folder));
    expect(spread.map(({ kind, prompt }) => `${kind} ${prompt}`)).toEqual([
      ...["replace few", "replace 1", "replace 2", "replace 3", "replace 4"],
      ...["add few", "null few"],
      ...["replace 5", "replace 6", "replace 7", "replace 8", "replace 9"],
    ]);
    const pack = spreadKinds(await readSet(join(import.meta.dirname, "../../models/mini/eval")));
    expect(new Set(pack.slice(0, 20).map(({ kind }) => kind)).size).toBe(8);
    const replacing = pack.slice(0, 60).filter(({ kind }) => kind === "replace").length;
    expect(Math.abs(replacing - (60 * 80) / 200)).toBeLessThanOrEqual(1);
  });

  it("reads the pack's own", async () => {
    const pictures = await readSet(join(import.meta.dirname, "../../models/mini/eval"));
    expect(pictures.length).toBeGreaterThanOrEqual(72);
    expect(new Set(pictures.map(({ file }) => file)).size).toBe(pictures.length);
  });

  it.each([
    ["no prompts.jsonl", null, /prompts\.jsonl at .*, got no such file\.$/],
    ["an empty one", "\n\n", /a picture a line in .*, got an empty file\.$/],
    ["a line that is no JSON", `${good}\nfile: b.png\n`, /in line 2 of .*, got no JSON \(.*\)\.$/],
    ["a line that is no object", `${good}\n[1]\n`, /in line 2 of .*, got another value: /],
    ["a line without a prompt", '{"file": "a.png"}', /in line 1 of .*, got prompt: /],
    ["an empty prompt", '{"file": "a.png", "prompt": "  "}', /in line 1 of .*, got prompt: /],
    [
      "a picture that is not there",
      `${good}\n\n{"file": "c.png", "prompt": "x"}`,
      /the picture c\.png in line 3 of .*, got no such file\.$/,
    ],
    [
      "a picture that is a folder",
      '{"file": "sub", "prompt": "x"}',
      /the picture sub in line 1 of .*, got a folder\.$/,
    ],
    [
      "a path that leads out of the folder",
      '{"file": "../a.png", "prompt": "x"}',
      /in line 1 of .*, got file: /,
    ],
    [
      "a box without a width",
      '{"file": "a.png", "prompt": "x", "box": {"left": 0, "top": 0, "width": 0, "height": 4}}',
      /in line 1 of .*, got box\.width: /,
    ],
  ])("is refused with %s", async (_, text, message) => {
    mkdirSync(join(folder, "sub"));
    if (text !== null) write(text);
    await expect(readSet(folder)).rejects.toMatchObject({ code: "set-invalid", message });
  });
});
