import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config.ts";
import type { Pack } from "../../src/packs/pack.ts";
import { requireFits } from "../../src/pipeline/card-memory.ts";
import { checkConfigurations, checkPack } from "../../src/pipeline/check-pack.ts";
import type { PackProbe } from "../../src/pipeline/workers/probe/client.ts";
import { openPainters, packedPlansOf } from "../../src/service/painters.ts";
import { temporaryFolder } from "../cli/lrbot.ts";
import { addRemotePack } from "../cli/remote-pack.ts";
import { writeStyle } from "../cli/styles.ts";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));

/** Looks in this process. */
const probe: PackProbe = {
  networks: checkPack,
  configurations: checkConfigurations,
  room: requireFits,
  async [Symbol.asyncDispose]() {},
};

const config = (environment: Readonly<Record<string, string>>) =>
  loadConfig({ environment: { LRBOT_DEVICES: "cpu", LRBOT_DATA: "data", ...environment }, folder });

describe("packs and styles that are offered", () => {
  it("are those of the settings, each style with the packs whose networks it fits", async () => {
    addRemotePack(join(folder, "data/packs"));
    const ink = await writeStyle(folder, "ink", 128);
    const { packs, plans, offered } = await openPainters(
      config({
        LRBOT_PACKS: "mini,far",
        LRBOT_STYLES: `ink=${ink}@0.5`,
        LRBOT_METHODS: "regions,diffedit",
        LRBOT_INPAINTERS: "a1111=http://127.0.0.1:9",
      }),
      probe,
    );
    expect(packs.map(({ manifest }) => manifest.name)).toEqual(["mini", "mini+ink", "far"]);
    expect(offered).toEqual([
      { name: "mini", styles: ["ink"], methods: ["regions", "diffedit"], takesStrength: true },
      { name: "far", styles: [], methods: ["regions"], takesStrength: true },
    ]);
    expect(plans.map(({ name, packs: own }) => [name, own.map(({ manifest }) => manifest.name)])).toEqual([
      ["cpu", ["mini", "mini+ink"]],
      ["a1111:0", ["far"]],
    ]);
  });

  it("are refused at the start where a style is made for other networks, or a method for none", async () => {
    const wide = await writeStyle(folder, "wide", 320);
    await expect(openPainters(config({ LRBOT_STYLES: `wide=${wide}` }), probe)).rejects.toMatchObject({
      ...{ code: "usage", message: expect.stringMatching(/LRBOT_STYLES.* got wide\. .*wide\.safetensors/) },
    });
    const methods = { LRBOT_METHODS: "instruct-pix2pix" };
    await expect(openPainters(config(methods), probe)).rejects.toMatchObject({ code: "method-unknown" });
  });

  it("are on the cards that have room for them, and refused at the start where none has", async () => {
    const { packs } = await openPainters(config({}), probe);
    const cards = config({ LRBOT_DEVICES: "cuda:0,cuda:1" });
    const bytesOn = (small: string) => ({
      room: (pack: Pack, device: string) =>
        requireFits(pack, device, async (card) => (small.includes(card) ? 1e6 : 1e12)),
    });
    const fitting = await packedPlansOf(cards, packs, bytesOn("cuda:0"));
    expect(fitting.map(({ name }) => name)).toEqual(["cuda:1"]);
    await expect(packedPlansOf(cards, packs, bytesOn("cuda:0 cuda:1"))).rejects.toMatchObject({
      ...{ code: "pack-too-large", message: expect.stringContaining("for pack mini, got cuda:0") },
    });
  });
});
