import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../pipeline/image/pictures.ts";
import { removeKeys, withManifest } from "../pipeline/marks/signed.ts";
import { runHere } from "./in-process.ts";

afterAll(removeKeys);

const { folder, put } = temporaryFolder();
const rocket = join(import.meta.dirname, "../../examples/rocket.jpg");
const simulated = { LRBOT_DEVICES: "simulated:1" };

async function edited(name: string, environment: Record<string, string> = {}): Promise<string> {
  const words = [
    "edit",
    "--image",
    rocket,
    "--prompt",
    "a castle",
    "--box",
    "200,150,260,240",
    "--out",
    name,
  ];
  const ended = await runHere(words, { folder, environment: { ...simulated, ...environment } });
  expect(ended.stderr).not.toContain("error");
  return join(folder, name, "result-1.png");
}

describe("lrbot check-mark", () => {
  it("finds in a result what its file says, and the invisible mark where it was painted", async () => {
    const ended = await runHere(["check-mark", await edited("marked")], { folder });
    expect(ended.status).toBe(0);
    expect(ended.stdout).toContain("compositeWithTrainedAlgorithmicMedia, written by learnable-regions-bot.");
    expect(ended.stdout).toContain("It has no C2PA manifest.");
    expect(ended.stdout).toMatch(
      /It carries the invisible mark, around \d+,\d+,\d+,\d+: by chance at most once in \d+ pictures\./,
    );
  });

  it("finds neither key nor mark where an operator put in another, or none", async () => {
    const [own, none] = [
      await edited("own", { LRBOT_WATERMARK_KEY: "of my own" }),
      await edited("none", { LRBOT_WATERMARK: "off" }),
    ];
    for (const file of [own, none]) {
      const { stdout } = await runHere(["check-mark", file, "--json"], { folder });
      expect(JSON.parse(stdout)).toMatchObject({ isResult: true, watermark: { isFound: false, box: null } });
    }
    const again = await runHere(["check-mark", own, "--json"], {
      folder,
      environment: { LRBOT_WATERMARK_KEY: "of my own" },
    });
    expect(JSON.parse(again.stdout).watermark.isFound).toBe(true);
  });

  it("says so of a picture that carries nothing, and of another program's manifest", async () => {
    const plain = await runHere(["check-mark", rocket], { folder });
    expect(plain.stdout).toBe(
      "Its file does not say how it came about.\nIt has no C2PA manifest.\nThe invisible mark was not found.\n",
    );
    const actions = [{ action: "c2pa.created", digitalSourceType: "trainedAlgorithmicMedia" }];
    const file = put("signed.jpg", await withManifest(readFileSync(rocket), "JPEG", actions));
    const signed = await runHere(["check-mark", file], { folder });
    expect(signed.stdout).toContain("Its file says that it is trainedAlgorithmicMedia.");
    expect(signed.stdout).toContain("It has a C2PA manifest by A generator that fits the picture");
  });

  it("refuses what is no picture", async () => {
    const ended = await runHere(["check-mark", put("text.png", "hello")], { folder });
    expect([ended.status, ended.stderr]).toEqual([2, expect.stringContaining("error picture-not-a-picture")]);
  });
});
