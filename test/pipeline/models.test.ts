import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openPack } from "../../src/packs/open.ts";
import { loadModels } from "../../src/pipeline/models.ts";
import { breakPack } from "../cli/broken-pack.ts";
import { temporaryFolder } from "../cli/lrbot.ts";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));
const mini = await openPack("mini", { roots: [join(import.meta.dirname, "../../models")] });

describe("the models of a pack", () => {
  it("are its networks, tokenizers and word lists on one device", async () => {
    await using models = await loadModels(mini, { device: "cpu", threads: 1 });
    expect(models).toMatchObject({ pack: mini, runtime: { device: "cpu", threads: 1 } });
    expect(models.nouns).toContain("rabbit");
    expect(models.words?.has("rabbit")).toBe(true);
    expect(models.inpainter).toMatchObject({ name: "stable-diffusion", side: 128 });
    expect(models.clip.positions).toBe(24);
  });

  it("have no words where the pack's world is open", async () => {
    const open = { ...mini, manifest: { ...mini.manifest, words: null } };
    await using models = await loadModels(open, { device: "cpu" });
    expect(models.words).toBeNull();
  });

  it("are not loaded on a device that there is not, nor once loading was cancelled", async () => {
    await expect(loadModels(mini, { device: "abacus" })).rejects.toMatchObject({
      code: "device-unavailable",
    });
    const signal = AbortSignal.abort();
    await expect(loadModels(mini, { device: "cpu", signal })).rejects.toMatchObject({ code: "cancelled" });
  });

  it.each([
    ["nouns.txt", "pack-file-missing"],
    ["tokenizer/vocab.json", "pack-file-missing"],
    ["scheduler/scheduler_config.json", "pack-file-missing"],
    ["dino/model.safetensors", "pack-file-missing"],
    ["clip/preprocessor_config.json", "pack-file-missing"],
  ])("that lack %s are refused: %s", async (file, code) => {
    const name = `lacks-${file.replaceAll(/\W|_/g, "-")}`;
    breakPack(folder, name, file, (bytes) => bytes);
    const pack = await openPack(name, { roots: [folder] });
    rmSync(join(pack.folder, file));
    await expect(loadModels(pack, { device: "cpu" })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/^Expected .*, got /),
    });
  });

  it("whose scheduler cannot be followed are refused at loading, not at the first painting", async () => {
    breakPack(folder, "other-scheduler", "scheduler/scheduler_config.json", () =>
      Buffer.from('{"_class_name": "SASolverScheduler"}'),
    );
    const pack = await openPack("other-scheduler", { roots: [folder] });
    await expect(loadModels(pack, { device: "cpu" })).rejects.toMatchObject({
      code: "network-unsupported",
      message: expect.stringContaining("SASolverScheduler"),
    });
  });

  it("whose word list has blank lines and blanks around words take the words alone", async () => {
    breakPack(folder, "blanks", "nouns.txt", (bytes) => bytes);
    const pack = await openPack("blanks", { roots: [folder] });
    rmSync(join(pack.folder, "nouns.txt"));
    writeFileSync(join(pack.folder, "nouns.txt"), "\n  dog \r\n\ncat\n");
    await using models = await loadModels(pack, { device: "cpu" });
    expect(models.nouns).toEqual(["dog", "cat"]);
  });
});
