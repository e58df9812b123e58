import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { readPicture } from "../../../src/pipeline/image/image.ts";
import { createFakeA1111 } from "../../fakes/a1111/index.ts";
import { createFakeComfyui } from "../../fakes/comfyui/index.ts";
import { shareWorkers } from "../in-process.ts";
import { everythingIn, readResult, runLrbot, scene, startLrbot, temporaryFolder } from "../lrbot.ts";
import { addRemotePack } from "../remote-pack.ts";

const workers = shareWorkers();
afterAll(() => workers[Symbol.asyncDispose]());
let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => rmSync(folder, { recursive: true }));

const words = (kind: string) => ["edit", "--image", scene, "--prompt", "a rabbit", "--inpainter", kind];
const small = ["--anchors", "3", "--proposals", "4", "--budget", "6", "--steps", "4", "--out", "out"];
/** The same, where nobody looks for masks. */
const smaller = [...small, "--mask", "box"];

/** Pixels of every result that are not the source's, inside its box and outside. */
async function changesOfResults(): Promise<{ inside: number; outside: number }[]> {
  const before = await readPicture(scene);
  const { results } = readResult(join(folder, "out"));
  return Promise.all(
    results.map(async ({ file, box }) => {
      const { rgb, width } = await readPicture(join(folder, "out", file));
      const counts = { inside: 0, outside: 0 };
      for (const [index, value] of rgb.entries()) {
        if (value === before.rgb[index]) continue;
        const [x, y] = [Math.floor(index / 3) % width, Math.floor(index / 3 / width)];
        const isInside =
          x >= box.left && x < box.left + box.width && y >= box.top && y < box.top + box.height;
        counts[isInside ? "inside" : "outside"]++;
      }
      return counts;
    }),
  );
}

/** Of a full painting and of a draft, as they were sent. */
function countOf(steps: readonly unknown[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const one of steps) counts[String(one)] = (counts[String(one)] ?? 0) + 1;
  return counts;
}

describe("lrbot edit at a server", () => {
  it("of AUTOMATIC1111 drafts and paints there, changes nothing outside the boxes, and keeps the password to itself", async () => {
    await using fake = await createFakeA1111({ auth: "lrbot:s3cret-password" });
    const environment = {
      LRBOT_INPAINTERS: `a1111=${fake.url}`,
      LRBOT_A1111_AUTH: "lrbot:s3cret-password",
      LRBOT_LOG: "debug",
    };
    const { status, stdout, stderr } = await runLrbot([...words("a1111"), ...small, "--json"], {
      folder,
      environment,
    });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const { results, inpainter, calls, proposals } = readResult(join(folder, "out"));
    expect({ inpainter, results: results.length, full: calls.full }).toEqual({
      inpainter: "a1111",
      results: 3,
      full: 3,
    });
    const drafted = proposals.filter(({ losses }) => losses !== null);
    expect(drafted.length).toBeGreaterThanOrEqual(3);
    const painted = countOf(fake.painted.map(({ steps }) => steps));
    expect(painted["4"]).toBeGreaterThanOrEqual(3);
    expect(fake.painted).toHaveLength(calls.drafts + calls.full);
    expect(new Set(fake.painted.map(({ seed }) => seed)).size).toBe(1);
    for (const { inside, outside } of await changesOfResults()) {
      expect(inside).toBeGreaterThan(0);
      expect(outside).toBe(0);
    }
    const secrets = /s3cret-password|bHJib3Q6czNjcmV0LXBhc3N3b3Jk/;
    expect(stdout + stderr).not.toMatch(secrets);
    const files = everythingIn(folder).filter((path) => statSync(join(folder, path)).isFile());
    expect(files.filter((path) => secrets.test(readFileSync(join(folder, path), "latin1")))).toEqual([]);
  });

  it("of ComfyUI does the same, though every pixel comes back a little changed, and outlives its restart", async () => {
    await using fake = await createFakeComfyui();
    let starts = 0;
    fake.settings.onStep = async () => {
      if (fake.painted.length === 2 && starts++ === 0) await fake.restart(50);
    };
    const environment = { LRBOT_INPAINTERS: `comfyui=${fake.url}` };
    const { status, stderr } = await workers.runHere([...words("comfyui"), ...smaller], {
      folder,
      environment,
    });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(starts).toBeGreaterThan(0);
    expect(readResult(join(folder, "out"))).toMatchObject({ inpainter: "comfyui", calls: { full: 3 } });
    const changes = await changesOfResults();
    expect(changes).toHaveLength(3);
    for (const { inside, outside } of changes) {
      expect(inside).toBeGreaterThan(0);
      expect(outside).toBe(0);
    }
  });

  it("of ComfyUI runs the workflow that the pack names, and says which wish it has no place for", async () => {
    addRemotePack(join(folder, "data/packs"), "z-image-turbo");
    await using fake = await createFakeComfyui({
      models: {
        diffusion_models: ["z_image_turbo_bf16.safetensors"],
        text_encoders: ["qwen_3_4b.safetensors"],
        vae: ["ae.safetensors"],
      },
    });
    const environment = { LRBOT_INPAINTERS: `comfyui=${fake.url}`, LRBOT_PACK: "far" };
    const wish = ["--negative", "a tree", "--guidance", "1", "--box", "40,40,96,96"];
    const { status, stderr } = await workers.runHere([...words("comfyui"), ...smaller, ...wish], {
      folder,
      environment,
    });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const { warnings } = readResult(join(folder, "out"));
    expect(warnings.map(({ code }) => code)).toContain("negative-unused");
    const graph = JSON.stringify(fake.painted[0]?.graph);
    expect(graph).toContain("ModelSamplingAuraFlow");
    expect(graph).not.toContain("a tree");
  });

  it("of ComfyUI shows a reference where the workflow has a place for one, and refuses one in words elsewhere", async () => {
    addRemotePack(join(folder, "data/packs"), "qwen-image-edit-2511");
    await using fake = await createFakeComfyui({
      models: {
        diffusion_models: ["qwen_image_edit_2511_fp8mixed.safetensors"],
        text_encoders: ["qwen_2.5_vl_7b_fp8_scaled.safetensors"],
        vae: ["qwen_image_vae.safetensors"],
        loras: ["Qwen-Image-Edit-2511-Lightning-4steps-V1.0-bf16.safetensors"],
      },
    });
    const environment = { LRBOT_INPAINTERS: `comfyui=${fake.url}` };
    const wish = ["--reference", scene, "--guidance", "1", "--box", "40,40,96,96"];
    const run = (pack: string) =>
      workers.runHere([...words("comfyui"), ...smaller, ...wish, "--pack", pack], { folder, environment });
    const refused = await run("mini");
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/^error setting-out-of-range: Expected no reference, as comfyui /m);
    expect(fake.uploads).toEqual([]);
    const { status, stderr } = await run("far");
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(fake.uploads.filter((name) => name.includes("reference"))).toHaveLength(1);
  });

  it("stops the server's painting on an interrupt, and leaves nothing", async () => {
    await using fake = await createFakeComfyui({ stepMilliseconds: 100 });
    const environment = { LRBOT_INPAINTERS: `comfyui=${fake.url}` };
    const many = ["--box", "40,40,96,96", "--steps", "1000", "--out", "out"];
    const running = startLrbot([...words("comfyui"), ...many], { folder, environment });
    await new Promise<void>((resolve) => {
      fake.settings.onStep = () => resolve();
    });
    running.kill("SIGINT");
    expect(await running.ended).toMatchObject({ status: 4, stdout: "" });
    expect(fake.running).toBeNull();
    expect(fake.painted).toEqual([]);
    expect(everythingIn(folder).filter((path) => path.startsWith("out"))).toEqual([]);
  });

  it.each([
    ["a workflow of ComfyUI's page", { LRBOT_COMFYUI_WORKFLOW: "page.json" }, "workflow-invalid"],
    ["no token", {}, "inpainter-refused"],
  ])("with %s says what to do in one line", async (_, settings, code) => {
    await using fake = await createFakeComfyui({ token: "t0ken" });
    writeFileSync(join(folder, "page.json"), JSON.stringify({ nodes: [], links: [] }));
    const environment = { LRBOT_INPAINTERS: `comfyui=${fake.url}`, ...settings };
    const { status, stdout, stderr } = await workers.runHere([...words("comfyui"), ...smaller], {
      folder,
      environment,
    });
    expect({ status, stdout }).toMatchObject({ stdout: "" });
    expect(status).toBeGreaterThan(0);
    const complaints = stderr.split("\n").filter((line) => line.startsWith("error "));
    expect(complaints).toEqual([expect.stringMatching(new RegExp(`^error ${code}: Expected `))]);
    expect(everythingIn(folder).filter((path) => path.startsWith("out"))).toEqual([]);
  });

  it("that is not configured says which setting names one", async () => {
    const { status, stderr } = await workers.runHere([...words("a1111"), ...smaller], { folder });
    expect({ status, stderr }).toEqual({
      status: 2,
      stderr: expect.stringMatching(/^error inpainter-unknown: .*LRBOT_INPAINTERS.*\n$/),
    });
  });
});
