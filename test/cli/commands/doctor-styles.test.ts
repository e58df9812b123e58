import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Finding } from "../../../src/cli/doctor/finding.ts";
import { breakPack } from "../broken-pack.ts";
import { runHere } from "../in-process.ts";
import { temporaryFolder } from "../lrbot.ts";
import { addRemotePack } from "../remote-pack.ts";
import { writeStyle } from "../styles.ts";

let folder: string;
beforeAll(async () => {
  folder = temporaryFolder();
  addRemotePack(join(folder, "data/packs"));
  await writeStyle(folder, "ink", 128);
  await writeStyle(folder, "wide", 320);
  mkdirSync(join(folder, "folder.safetensors"));
  writeFileSync(join(folder, "text.safetensors"), "no tensors");
});
afterAll(() => rmSync(folder, { recursive: true }));

async function findings(environment: Readonly<Record<string, string>>): Promise<Map<string, Finding>> {
  const { stdout, status } = await runHere(["doctor", "--json"], { folder, environment });
  const found: Finding[] = JSON.parse(stdout);
  expect(status).toBe(found.some(({ state }) => state === "broken") ? 1 : 0);
  return new Map(found.map((finding) => [finding.check, finding]));
}

it("lrbot doctor says of each style which of the offered packs it fits, or what is wrong with its file", async () => {
  const found = await findings({
    LRBOT_PACKS: "mini,far",
    LRBOT_STYLES: ["ink", "wide", "text", "folder", "gone"]
      .map((name) => `${name}=${name}.safetensors`)
      .join(),
  });
  expect(found.get("style ink")).toMatchObject({
    ...{ state: "ok", says: expect.stringMatching(/ink\.safetensors fits mini, and not far\.$/), mend: null },
  });
  const broken = {
    wide: /^Expected a LoRA that fits mini or far, got .*wide\.safetensors\. .*320/,
    text: /text\.safetensors/,
    folder: /^Expected a file of weights, got .*folder\.safetensors, which is none/,
    gone: /gone\.safetensors/,
  };
  for (const [name, says] of Object.entries(broken))
    expect(found.get(`style ${name}`)).toMatchObject({
      ...{ state: "broken", says: expect.stringMatching(says) },
      mend: expect.stringContaining(`take ${name} out of LRBOT_STYLES`),
    });
});

it("lrbot doctor looks at the files of every offered pack", async () => {
  breakPack(
    join(folder, "data/packs"),
    "hurt",
    "unet/config.json",
    (bytes) => Buffer.concat([bytes, bytes]),
    {
      hidden: true,
    },
  );
  const found = await findings({ LRBOT_PACKS: "mini,hurt" });
  expect(found.get("pack mini")).toMatchObject({ state: "ok" });
  expect(found.get("pack hurt")).toMatchObject({
    ...{ state: "broken", mend: expect.stringContaining("take hurt out of LRBOT_PACKS") },
  });
});
