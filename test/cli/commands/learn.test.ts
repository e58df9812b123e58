import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { learningFindings } from "../../../src/cli/doctor/learning.ts";
import { loadConfig } from "../../../src/config.ts";
import { openPack } from "../../../src/packs/open.ts";
import { learningPlaces, madeBy } from "../../../src/pipeline/regions/prior/places.ts";
import { lineOf } from "../../../src/pipeline/regions/prior/records.ts";
import { recordsOf } from "../../pipeline/regions/prior/law.ts";
import { runHere } from "../in-process.ts";
import { temporaryFolder } from "../lrbot.ts";

const folder = temporaryFolder();
const places = learningPlaces(join(folder, "data"), "mini");
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => rmSync(join(folder, "data"), { recursive: true, force: true }));

const learn = (...words: string[]) => runHere(["learn", ...words], { folder });

/** Losses of so many edits that follow one law, as edits with the embedded pack leave them. */
async function keepLosses(pictures: number, at = places.losses): Promise<void> {
  const { manifest } = await openPack("mini", { roots: [join(import.meta.dirname, "../../../models")] });
  const made = madeBy(manifest, manifest.inpainter);
  const lines = recordsOf({ pictures, seed: 1, boxes: 6 }).map((record) => lineOf({ ...record, made }));
  mkdirSync(at, { recursive: true });
  writeFileSync(join(at, "2026-11-000.jsonl"), `${lines.join("\n")}\n`);
}

async function doctorSays(environment: Record<string, string> = {}): Promise<string[]> {
  const config = loadConfig({ environment: { LRBOT_DATA: join(folder, "data"), ...environment }, folder });
  const call = { environment: config.workerEnvironment, log: () => {} };
  return (await learningFindings(config, call)).map(({ state, says }) => `${state}: ${says}`);
}

describe("lrbot learn", () => {
  it("ends with status 2 where too few edits left losses", async () => {
    const { status, stderr, stdout } = await learn();
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(
      /^error book-too-small: Expected losses of at least 20 edits of mini .*, got 0\.\n$/,
    );
  });

  it("refuses to reset what it is to write at once", async () => {
    const { status, stderr } = await learn("--reset", "--dry-run");
    expect(status).toBe(2);
    expect(stderr).toContain("Expected --reset and --clear without");
  });

  it("deletes what was learned and kept, each when it is told to, and nothing else", async () => {
    await keepLosses(2);
    writeFileSync(places.network, "learned");
    expect((await learn("--reset")).stdout).toContain("What was learned for mini is forgotten");
    expect(existsSync(places.network)).toBe(false);
    expect(readdirSync(places.losses)).toEqual(["2026-11-000.jsonl"]);
    expect(JSON.parse((await learn("--clear", "--json")).stdout)).toEqual({ reset: false, cleared: true });
    expect(readdirSync(places.losses)).toEqual([]);
  });

  it("learns from a book of another place, says how well, and writes on a dry run nothing", async () => {
    const book = join(folder, "elsewhere");
    await keepLosses(40, book);
    const out = join(folder, "out", "network.safetensors");
    const dry = await learn("--book", book, "--out", out, "--dry-run", "--json");
    const answer = JSON.parse(dry.stdout);
    expect(answer).toMatchObject({ records: 40, written: null });
    expect(answer.heldOut.after).toBeLessThan(answer.heldOut.before);
    expect(existsSync(dirname(out))).toBe(false);
  });
});

describe("what lrbot doctor says of learning", () => {
  it("is what edits start from, and how much is kept", async () => {
    expect(await doctorSays()).toEqual([
      expect.stringMatching(/^ok: Edits start from .*\. LRBOT_LEARN is off, 0\.0 MB of losses are there\.$/),
    ]);
    await keepLosses(40);
    expect(await doctorSays({ LRBOT_LEARN: "on" })).toEqual([
      expect.stringMatching(/^ok: Edits start from .*\. 0\.1 MB of losses are kept\.$/),
    ]);
  });

  it("notes a learned network that is of no use, which stops nothing", async () => {
    mkdirSync(dirname(places.network), { recursive: true });
    writeFileSync(places.network, "nothing of use");
    expect(await doctorSays()).toEqual([expect.stringMatching(/^note: .*Edits start from .* meanwhile\./)]);
  });
});
