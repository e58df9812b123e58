import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeSafetyModel } from "../../pipeline/steps/safety-models.ts";
import { shareWorkers } from "../in-process.ts";
import { cheap, emptyFolder, readResult, scene, temporaryFolder } from "../lrbot.ts";

const folder = temporaryFolder();
const workers = shareWorkers();
afterAll(async () => {
  await workers[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

describe("with LRBOT_SAFETY_MODEL", () => {
  it("lrbot edit refuses nothing and says in edit.json what the model made of the pictures", async () => {
    const home = emptyFolder(folder, "edit");
    makeSafetyModel(join(home, "always"), "unsafe");
    const words = ["edit", "--image", scene, "--prompt", "a rabbit", ...cheap, "--out", "out", "--quiet"];
    const { status } = await workers.runHere(words, {
      folder: home,
      environment: { LRBOT_SAFETY_MODEL: "always" },
    });
    expect(status).toBe(0);
    const { safety, results } = readResult(join(home, "out"));
    expect(safety).toEqual({ model: "always", threshold: 0.5, input: expect.closeTo(1, 5) });
    expect(results.map(({ unsafe }) => unsafe)).toEqual([expect.closeTo(1, 5), expect.closeTo(1, 5)]);
  });

  it("of a folder without a model lrbot start ends at once, and names the file", async () => {
    const environment = { LRBOT_SAFETY_MODEL: "nothing", DISCORD_TOKEN: "x" };
    const { status, stderr } = await workers.runHere(["start"], {
      folder: emptyFolder(folder, "start"),
      environment,
    });
    expect(status).toBe(3);
    expect(stderr).toMatch(/error pack-file-missing: Expected the configuration .*nothing.config\.json/);
  });

  it.each([
    ["safe", 0, "ok"],
    ["broken", 1, "broken"],
  ] as const)("lrbot doctor looks at its files: %s", async (name, status, state) => {
    const home = emptyFolder(folder, name);
    if (name === "safe") makeSafetyModel(join(home, name), "safe");
    const environment = { LRBOT_SAFETY_MODEL: name };
    const ended = await workers.runHere(["doctor", "--json"], { folder: home, environment });
    expect(ended.status).toBe(status);
    expect(JSON.parse(ended.stdout)).toContainEqual(
      expect.objectContaining({ check: "safety model", state }),
    );
  });
});
