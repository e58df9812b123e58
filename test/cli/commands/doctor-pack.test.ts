import { rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { breakPack } from "../broken-pack.ts";
import { runHere } from "../in-process.ts";
import { temporaryFolder } from "../lrbot.ts";

const config = "unet/config.json";

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Found {
  readonly check: string;
  readonly state: string;
  readonly says: string;
  readonly mend: string | null;
}

async function findings(pack: string): Promise<Map<string, Found>> {
  const environment = { LRBOT_PACK: pack };
  const { stdout, status } = await runHere(["doctor", "--json"], { folder, environment });
  const found: Found[] = JSON.parse(stdout);
  expect(status).toBe(found.some(({ state }) => state === "broken") ? 1 : 0);
  return new Map(found.map((finding) => [finding.check, finding]));
}

describe("lrbot doctor, of a pack whose networks cannot be built", () => {
  it("blames the pack and not what runs it, and names file and field", async () => {
    breakPack(join(folder, "data/packs"), "odd", config, (bytes) =>
      Buffer.from(JSON.stringify({ ...JSON.parse(bytes.toString()), class_embed_type: "timestep" })),
    );
    const found = await findings("odd");
    expect(found.get("onnxruntime")).toMatchObject({ state: "ok", mend: null });
    expect(found.get("networks of odd")).toMatchObject({
      state: "broken",
      says: expect.stringMatching(/class_embed_type of .*unet\/config\.json/),
      mend: expect.stringMatching(/^lrbot packs (pull|remove) odd/),
    });
  });

  it("tells a damaged file of a pack that was added or pulled with what brings it back", async () => {
    breakPack(join(folder, "data/packs"), "hurt", config, (bytes) => Buffer.concat([bytes, bytes]), {
      hidden: true,
    });
    const found = await findings("hurt");
    expect(found.get("pack hurt")).toMatchObject({
      state: "broken",
      mend: expect.stringMatching(/^lrbot packs (pull|remove) hurt/),
    });
    expect(found.get("onnxruntime")).toMatchObject({ state: "ok" });
  });
});
