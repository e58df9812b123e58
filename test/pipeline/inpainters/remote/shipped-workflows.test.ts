import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { describePack } from "../../../../src/packs/open.ts";
import type { Inpainter } from "../../../../src/pipeline/inpainters/inpainter.ts";
import { readAbout } from "../../../../src/pipeline/inpainters/remote/comfyui/about.ts";
import { createComfyui } from "../../../../src/pipeline/inpainters/remote/comfyui/inpainter.ts";
import { comfyui } from "../../../../src/pipeline/inpainters/remote/comfyui/kind.ts";
import { readWorkflow } from "../../../../src/pipeline/inpainters/remote/comfyui/workflow.ts";
import { createFakeComfyui, type FakeComfyui } from "../../../fakes/comfyui/index.ts";
import { changesOf, failureOf, hurry, paintSlope, request, serverAt, slope, workflows } from "./remote.ts";

const models = dirname(workflows);
/** Packs that name a workflow, and the workflows that bring their models' names along: the same ones. */
const packs = readdirSync(models, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) => {
    const { workflow = null } = readManifest(name);
    return workflow === null ? [] : [{ pack: name, workflow }];
  });

function readManifest(name: string): { readonly workflow?: string | null } {
  try {
    return JSON.parse(readFileSync(join(models, name, "pack.json"), "utf8"));
  } catch {
    return {};
  }
}

/** Sides of the PNG that lies somewhere in these bytes. */
function sizeOfPng(bytes: Buffer): { width: number; height: number } {
  const start = bytes.indexOf("IHDR");
  return { width: bytes.readUInt32BE(start + 4), height: bytes.readUInt32BE(start + 8) };
}

const fileOf = (workflow: string) => join(workflows, `${workflow}.json`);

describe("the workflows that ship for painters without a checkpoint", () => {
  it("are each named by a pack that leaves painting to a server, and have licence and card beside them", async () => {
    expect(packs.map(({ workflow }) => workflow).sort()).toEqual(
      readdirSync(workflows)
        .flatMap((file) => /^(.+)\.about\.json$/.exec(file)?.[1] ?? [])
        .sort(),
    );
    expect(packs.length).toBeGreaterThanOrEqual(4);
    for (const { pack, workflow } of packs) {
      const { manifest } = await describePack(pack, { roots: [models] });
      expect(manifest).toMatchObject({ inpainter: "remote", workflow });
      const about = await readAbout(fileOf(workflow));
      expect(about?.card.gigabytes).toBeGreaterThan(0);
      // Whoever pulls the pack accepts what the server's weights ask for.
      const asked = about?.license.id === "Apache-2.0" ? [] : [about?.license.id];
      expect(manifest.licenses.map(({ title }) => title)).toEqual(asked);
    }
  });

  it("name each model that stands beside them, and no other file", async () => {
    for (const { workflow } of packs) {
      const { nodes, about } = await readWorkflow(fileOf(workflow));
      const named = nodes.flatMap(({ literals }) =>
        literals.flatMap(([, value]) => (value.endsWith(".safetensors") ? [value] : [])),
      );
      expect(named.sort()).toEqual(about?.models.map(({ file }) => file).sort());
    }
  });
});

describe.each(packs)("the workflow $workflow", ({ workflow, pack }) => {
  let fake: FakeComfyui;
  let inpainter: Inpainter;
  beforeEach(async () => {
    const { about, ...rest } = await readWorkflow(fileOf(workflow));
    const of = (folder: string) => about?.models.flatMap((one) => (one.folder === folder ? [one.file] : []));
    fake = await createFakeComfyui({
      checkpoints: [],
      models: {
        diffusion_models: of("diffusion_models") ?? [],
        text_encoders: of("text_encoders") ?? [],
        vae: of("vae") ?? [],
        loras: of("loras") ?? [],
      },
    });
    inpainter = createComfyui({
      ...{ server: serverAt("comfyui", fake.url), side: 64, workflow: { about, ...rest }, patience: hurry },
    });
  });
  afterEach(async () => {
    await inpainter[Symbol.asyncDispose]();
    await fake[Symbol.asyncDispose]();
  });

  it("fits a server with its models, by what that tells of its nodes", async () => {
    const look = { milliseconds: 2000, signal: new AbortController().signal, workflow };
    const { says, notes } = await comfyui.look(serverAt("comfyui", fake.url), look);
    expect(says).toContain(`it has every node and model of ${workflow}.`);
    expect(notes).toEqual([]);
  });

  it("paints the box, and what is around it stays", async () => {
    const { inside, outside } = changesOf(await paintSlope(inpainter));
    expect(inside).toBeGreaterThan(32 * 32);
    expect(outside).toBe(0);
    expect(fake.painted).toHaveLength(1);
  });

  it("paints frames whose sides are no multiple of its tokens'", async () => {
    await using painting = await inpainter.begin(request);
    const frame = { ...slope, width: 40, height: 56, rgb: slope.rgb.slice(0, 40 * 56 * 3), key: "narrow" };
    const [painted] = await painting.paint([frame], { steps: 4 });
    expect(painted).toHaveLength(40 * 56 * 3);
  });

  it("paints otherwise by another prompt and another seed", async () => {
    const paint = async (change: object) => {
      await using painting = await inpainter.begin({ ...request, ...change });
      return (await painting.paint([slope], { steps: 4 }))[0];
    };
    const first = await paint({});
    expect(await paint({})).toEqual(first);
    expect(await paint({ prompt: "a blue fox" })).not.toEqual(first);
    expect(await paint({ seed: 8 })).not.toEqual(first);
  });

  it("has every place filled, and what it is shown uploaded where it has a place for that", async () => {
    await using painting = await inpainter.begin(request);
    await painting.paint([slope], { steps: 4 });
    const graph = JSON.stringify(fake.painted[0]?.graph);
    expect(graph).not.toContain("{{");
    expect(graph).toContain("a red fox");
    const { takes } = await readWorkflow(fileOf(workflow));
    expect(fake.uploads.filter((name) => name.includes("reference"))).toHaveLength(
      takes("reference") ? 1 : 0,
    );
  });

  it("is shown the reference in place of the frame, small enough, where it has a place for one", async () => {
    const { takes } = await readWorkflow(fileOf(workflow));
    expect(inpainter.takesReference).toBe(takes("reference"));
    if (!takes("reference")) return;
    const shown = { width: 1600, height: 1200, rgb: new Uint8Array(1600 * 1200 * 3).fill(90) };
    await using painting = await inpainter.begin({ ...request, shown });
    const [painted] = await painting.paint([slope], { steps: 4 });
    const upload = fake.requests.find(({ body }) => body.includes("reference.png"));
    const { width, height } = sizeOfPng(upload?.body ?? Buffer.alloc(0));
    expect([width / height, width * height <= 1024 * 1024]).toEqual([expect.closeTo(4 / 3, 2), true]);
    expect(painted).not.toEqual(await paintSlope(inpainter));
  });

  it("paints a part of the way where it can, and refuses to before a server is asked where it cannot", async () => {
    const { takes } = await readWorkflow(fileOf(workflow));
    if (takes("denoise")) {
      await using painting = await inpainter.begin({ ...request, strength: 0.5 });
      await painting.paint([slope], { steps: 4 });
      expect(JSON.stringify(fake.painted[0]?.graph)).toMatch(/"steps":2,.*"denoise":0\.5/);
      return;
    }
    await expect(inpainter.begin({ ...request, strength: 0.5 })).rejects.toMatchObject({
      code: "setting-out-of-range",
      message: expect.stringContaining("{{denoise}}"),
    });
    expect(fake.requests).toEqual([]);
  });

  it("is refused in the server's words where a model is gone", async () => {
    fake.settings.models = {};
    const failure = await failureOf(inpainter);
    expect(failure).toMatchObject({ code: "inpainter-refused" });
    expect(failure.message).toMatch(/not in \[/);
  });

  it("is opened for its pack, which says what it has no place for", async () => {
    const { manifest } = await describePack(pack, { roots: [models] });
    const { takes } = await readWorkflow(fileOf(workflow));
    expect(manifest.painting.lacks.includes("strength")).toBe(!takes("denoise"));
    expect(manifest.painting.lacks.includes("negative")).toBe(!takes("negative"));
    const { painting, workflow: named } = manifest;
    await using opened = await comfyui.open(serverAt("comfyui", fake.url), {
      ...{ side: painting.side, workflow: named },
    });
    expect(opened).toMatchObject({ name: "comfyui", side: 1024, multiple: 16 });
  });
});
