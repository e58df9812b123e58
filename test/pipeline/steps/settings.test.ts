import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { describePack } from "../../../src/packs/open.ts";
import type { PackManifest } from "../../../src/packs/pack.ts";
import { completeSettings, ignoresNegative } from "../../../src/pipeline/steps/settings.ts";
import { parseEditRequest } from "../../../src/request.ts";

const roots = [join(import.meta.dirname, "../../../models")];
let klein: PackManifest;
let mini: PackManifest;
beforeAll(async () => {
  klein = (await describePack("flux2-klein-4b", { roots })).manifest;
  mini = (await describePack("mini", { roots })).manifest;
});

const settingsWith = (change: object) =>
  parseEditRequest({ image: "photo.png", prompt: "a red fox", pack: "mini", settings: change }).settings;

describe("a pack that paints all of a box anew", () => {
  it("refuses a strength below 1 by the setting's name, and takes 1 and what is left to it", () => {
    expect(() => completeSettings(settingsWith({ strength: 0.5 }), klein, "comfyui")).toThrow(
      expect.objectContaining({
        code: "setting-out-of-range",
        setting: "strength",
        message: expect.stringMatching(/strength 1 for pack flux2-klein-4b.*got 0\.5/),
      }),
    );
    for (const change of [{}, { strength: 1 }])
      expect(completeSettings(settingsWith(change), klein, "comfyui").strength).toBe(1);
    expect(completeSettings(settingsWith({ strength: 0.5 }), mini).strength).toBe(0.5);
  });
});

describe("a negative prompt", () => {
  it("changes nothing without guidance, and where what paints has no place for it", () => {
    const ignored = (manifest: PackManifest, change: object, available?: string) =>
      ignoresNegative(completeSettings(settingsWith(change), manifest, available), manifest);
    expect(ignored(mini, { guidance: 3 })).toBe(false);
    expect(ignored(mini, { guidance: 1 })).toBe(true);
    expect(ignored(klein, { guidance: 3 }, "comfyui")).toBe(true);
  });
});
