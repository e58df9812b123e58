import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { shareWorkers } from "../in-process.ts";
import { cheap, everythingIn, readResult, scene, temporaryFolder } from "../lrbot.ts";
import { addRemotePack } from "../remote-pack.ts";
import { writeStyle } from "../styles.ts";

const folder = temporaryFolder();
const workers = shareWorkers();
afterAll(async () => {
  await workers[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});
beforeAll(async () => {
  addRemotePack(join(folder, "data/packs"));
  await writeStyle(folder, "ink", 128);
  await writeStyle(folder, "wide", 320);
});

const styles = "ink=ink.safetensors@8,wide=wide.safetensors,gone=gone.safetensors";
const edit = (...words: string[]) =>
  workers.runHere(
    ["edit", "--image", scene, "--prompt", "a rabbit", "--box", "60,60,120,120", "--mask", "box", ...words],
    { folder, environment: { LRBOT_STYLES: styles } },
  );

describe("lrbot edit --style", () => {
  it("paints with the LoRA of that name, and says so in edit.json", async () => {
    expect(await edit(...cheap, "--quiet", "--out", "plain")).toMatchObject({ status: 0, stderr: "" });
    expect(await edit(...cheap, "--quiet", "--style", "ink", "--out", "inked")).toMatchObject({
      ...{ status: 0, stderr: "" },
    });
    expect(readResult(join(folder, "plain")).pack).toBe("mini");
    expect(readResult(join(folder, "inked")).pack).toBe("mini+ink");
    const painted = (name: string) => readFileSync(join(folder, name, "result-1.png"));
    expect(painted("inked").equals(painted("plain"))).toBe(false);
  });

  it.each([
    [["--style", "pen"], /^error choice-not-offered: .*LRBOT_STYLES, ink, wide, gone, got "pen"/],
    [["--style", "wide"], /^error style-unfit: .*pack mini, got wide, .*wide\.safetensors/],
    [["--style", "ink", "--pack", "far"], /^error style-unfit: .*pack far, got ink, .*has no UNet/],
    [["--style", "gone"], /^error [a-z-]+: .*gone\.safetensors/],
  ])("refuses %j in a line that names what is wrong, before anything is painted", async (words, line) => {
    const before = everythingIn(folder);
    const { status, stderr } = await edit(...words);
    expect(stderr).toMatch(line);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect([2, 3]).toContain(status);
    expect(everythingIn(folder)).toEqual(before);
  });
});
