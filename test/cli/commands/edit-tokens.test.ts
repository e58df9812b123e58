import { cpSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readPicture } from "../../../src/pipeline/image/image.ts";
import { shareWorkers } from "../in-process.ts";
import { emptyFolder, readResult, scene, temporaryFolder } from "../lrbot.ts";

const root = join(import.meta.dirname, "../../..");
const mini = join(root, "models/mini");
const recorded = join(root, "test/fixtures/goldens/amused/model");

const folder = temporaryFolder();
const home = emptyFolder(folder, "tokens");
const workers = shareWorkers();
afterAll(async () => {
  await workers[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

const edit = (...words: string[]) => workers.runHere(["edit", "--image", scene, ...words], { folder: home });

describe("lrbot edit --inpainter, with a pack that paints tokens as well", () => {
  // The embedded pack with the recorded networks, which paint something, if nothing that anybody knows.
  const pack = join(home, "data/packs/both");
  beforeAll(() => {
    cpSync(mini, pack, { recursive: true, filter: (path) => !/\/(eval|pictures|train)$/.test(path) });
    cpSync(recorded, join(pack, "recorded"), { recursive: true });
    writeFileSync(join(pack, "recorded/classes.txt"), "sun\ndog\n");
    const manifest = JSON.parse(readFileSync(join(pack, "pack.json"), "utf8"));
    const added = readdirSync(join(pack, "recorded"), { recursive: true, encoding: "utf8" })
      .map((path) => ({ path: `recorded/${path}`, about: statSync(join(pack, "recorded", path)) }))
      .filter(({ about }) => about.isFile())
      .map(({ path, about }) => ({ path, size: about.size, sha256: null, license: "MIT" }));
    const at = (name: string) => `recorded/${name}`;
    const tokens = {
      ...{ transformer: at("transformer"), autoencoder: at("vqvae"), scheduler: at("scheduler") },
      ...{
        textEncoder: at("text_encoder"),
        tokenizer: at("tokenizer"),
        classes: { names: at("classes.txt") },
      },
    };
    const files = [...manifest.files, ...added];
    writeFileSync(join(pack, "pack.json"), JSON.stringify({ ...manifest, name: "both", tokens, files }));
  });

  it.each(["amused", "maskgit"])(
    "repaints a box with %s, and leaves all else as it was",
    async (inpainter) => {
      const words = [
        "--pack",
        "both",
        "--inpainter",
        inpainter,
        "--prompt",
        "a big sun",
        "--box",
        "64,64,96,96",
      ];
      const { status, stderr } = await edit(...words, "--steps", "2", "--out", inpainter);
      expect({ status, stderr }).toMatchObject({ status: 0 });
      const result = readResult(join(home, inpainter));
      expect(result).toMatchObject({ pack: "both", inpainter });
      if (inpainter === "maskgit") expect(result).toMatchObject({ painted: { class: "sun" } });
      const signal = AbortSignal.timeout(60_000);
      const [before, after] = [
        await readPicture(scene, { signal }),
        await readPicture(join(home, inpainter, "result-1.png"), { signal }),
      ];
      const changed = Array.from({ length: 256 * 256 }, (_, i) => i).filter((i) =>
        [0, 1, 2].some((channel) => before.rgb[3 * i + channel] !== after.rgb[3 * i + channel]),
      );
      expect(changed.length).toBeGreaterThan(1000);
      const sides = changed.flatMap((i) => [i % 256, Math.floor(i / 256)]);
      expect(sides.filter((side) => side < 64 || side >= 160)).toEqual([]);
    },
  );

  it("refuses a prompt that is like none of the classes, and names the nearest", async () => {
    const { status, stderr } = await edit(
      ...["--pack", "both", "--inpainter", "maskgit", "--prompt", "a castle", "--out", "castle"],
    );
    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(
        /error class-unknown: .*2 classes.*"a castle"; the nearest, "(sun|dog)", has/,
      ),
    });
  });
});

it.each(["amused", "maskgit"])(
  "a pack without tokens is refused %s before anything is loaded",
  async (inpainter) => {
    const { status, stderr } = await edit("--inpainter", inpainter, "--prompt", "a sun", "--out", "nothing");
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(
        /^error inpainter-unknown: .*pack mini, stable-diffusion, got \w+, which needs a masked transformer.*\n$/,
      ),
    });
  },
);
