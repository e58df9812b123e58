import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serverFindings } from "../../../src/cli/doctor/servers.ts";
import type { RemoteServer } from "../../../src/types.ts";
import { createFakeA1111 } from "../../fakes/a1111/index.ts";
import { createFakeComfyui } from "../../fakes/comfyui/index.ts";
import { serverAt, workflowFile } from "../../pipeline/inpainters/remote/remote.ts";
import { everythingIn, runLrbot, temporaryFolder } from "../lrbot.ts";
import { addRemotePack } from "../remote-pack.ts";

let folder: string;
beforeAll(() => {
  folder = temporaryFolder();
  addRemotePack(join(folder, "data/packs"));
  writeFileSync(join(folder, "page.json"), JSON.stringify({ nodes: [], links: [] }));
});
afterAll(() => rmSync(folder, { recursive: true }));

const signal = new AbortController().signal;
const find = (...servers: readonly RemoteServer[]) => findFor(null, ...servers);
/** For packs that name these workflows. */
const findFor = async (workflows: string | null | string[], ...servers: readonly RemoteServer[]) =>
  (await serverFindings(servers, [workflows].flat(), signal)).map(
    ({ check, state, says }) => `${check} ${state}: ${says}`,
  );

/** The workflow that ships with one class of node replaced by another. */
function workflowWith(node: string): string {
  const file = join(folder, `${node}.json`);
  writeFileSync(file, readFileSync(workflowFile, "utf8").replace('"KSampler"', JSON.stringify(node)));
  return file;
}

describe("what lrbot doctor finds out about servers", () => {
  it("is whether they are up, their version or checkpoint, and whether the workflow fits", async () => {
    await using a1111 = await createFakeA1111({ auth: "lrbot:s3cret" });
    await using comfyui = await createFakeComfyui();
    const authorization = `Basic ${Buffer.from("lrbot:s3cret").toString("base64")}`;
    const found = await find(
      serverAt("a1111", a1111.url, { authorization }),
      serverAt("comfyui", comfyui.url),
    );
    expect(found).toEqual([
      `workflow ok: ${workflowFile} has its placeholders.`,
      `server a1111:0 ok: ${a1111.url} answers; its checkpoint is dreams-inpainting.safetensors [0123456789].`,
      `server comfyui:0 ok: ${comfyui.url} answers as ComfyUI 0.3.50; it has every node of the workflow and the checkpoint sd-v1-5-inpainting.safetensors.`,
    ]);
    expect([...a1111.painted, ...comfyui.painted, ...comfyui.uploads]).toEqual([]);
  });

  it("of an AUTOMATIC1111 that does not tell its options is that it answers", async () => {
    await using fake = await createFakeA1111();
    fake.misbehave({ request: /options/, does: { kind: "answer", status: 500 } });
    expect(await find(serverAt("a1111", fake.url))).toEqual([
      `server a1111:0 ok: ${fake.url} answers; it names no checkpoint.`,
    ]);
  });

  it("of an AUTOMATIC1111 is what makes its pictures worse", async () => {
    await using fake = await createFakeA1111({ checkpoint: "dreams.safetensors", format: "jpg" });
    expect(await find(serverAt("a1111", fake.url))).toEqual([
      `server a1111:0 ok: ${fake.url} answers; its checkpoint is dreams.safetensors.`,
      expect.stringMatching(
        /^server a1111:0 note: its checkpoint dreams\.safetensors is not named as one for inpainting/,
      ),
      expect.stringMatching(/^server a1111:0 note: it answers with pictures as jpg/),
    ]);
  });

  it("of a ComfyUI is what its workflow names and the server lacks, and that it gives no picture", async () => {
    await using fake = await createFakeComfyui();
    const at = async (change: (graph: Record<string, { inputs: object }>) => void) => {
      const graph = JSON.parse(readFileSync(workflowFile, "utf8"));
      change(graph);
      const file = join(folder, "changed.json");
      writeFileSync(file, JSON.stringify(graph));
      return (await find(serverAt("comfyui", fake.url, { workflow: file }))).slice(1);
    };
    expect(await at((graph) => Object.assign(graph["7"]?.inputs ?? {}, { sampler_name: "res_2s" }))).toEqual([
      expect.stringMatching(
        /^server comfyui:0 broken: .* without res_2s for sampler_name of node 7 \(KSampler\): it has euler, /,
      ),
    ]);
    expect(
      await at((graph) => Object.assign(graph["1"]?.inputs ?? {}, { ckpt_name: "gone.safetensors" })),
    ).toEqual([
      expect.stringMatching(
        /^server comfyui:0 broken: .* without gone\.safetensors for ckpt_name.*: it has dreams/,
      ),
    ]);
    expect(await at((graph) => delete graph["9"])).toEqual([
      expect.stringMatching(/^server comfyui:0 broken: .*PreviewImage or SaveImage/),
    ]);
    expect(
      await at((graph) => Object.assign(graph["1"]?.inputs ?? {}, { ckpt_name: "dreams.safetensors" })),
    ).toEqual([
      expect.stringMatching(/^server comfyui:0 ok/),
      expect.stringMatching(/^server comfyui:0 note: the workflow's checkpoint dreams\.safetensors/),
    ]);
  });

  it("of a ComfyUI is every node and model of the pack's workflow that it lacks, where models go, and licence and card", async () => {
    await using fake = await createFakeComfyui({
      models: { text_encoders: ["qwen_3_4b.safetensors"], vae: ["ae.safetensors"] },
      lacks: ["Flux2Scheduler", "ReferenceLatent"],
    });
    const [local = "", server = "", ...more] = await findFor("flux2-klein-4b", serverAt("comfyui", fake.url));
    expect(more).toEqual([]);
    expect(local).toMatch(/^workflow ok: .*flux2-klein-4b\.json has its placeholders\. FLUX\.2 \[klein\] 4B/);
    expect(local).toMatch(/licence Apache-2\.0 \(https:\/\/.*Card of 12 GB: /);
    expect(server).toMatch(/^server comfyui:0 broken: .* without ReferenceLatent, Flux2Scheduler; /);
    for (const file of ["flux-2-klein-4b-fp8", "flux2-vae"])
      expect(server).toContain(`${file}.safetensors for `);
    expect(server).toContain("models/diffusion_models, from https://huggingface.co/black-forest-labs/");
    expect(server).not.toContain("qwen_3_4b");
    fake.settings.lacks = [];
    fake.settings.models = {
      diffusion_models: ["flux-2-klein-4b-fp8.safetensors"],
      text_encoders: ["qwen_3_4b.safetensors"],
      vae: ["flux2-vae.safetensors"],
    };
    const found = () => findFor("flux2-klein-4b", serverAt("comfyui", fake.url));
    const fits = expect.stringMatching(
      /^server comfyui:0 ok: .* it has every node and model of flux2-klein-4b\.$/,
    );
    fake.settings.cardBytes = 12_884_901_888;
    expect((await found()).slice(1)).toEqual([fits]);
    fake.settings.cardBytes = 8_585_740_288;
    expect((await found()).slice(1)).toEqual([
      fits,
      expect.stringMatching(
        /^server comfyui:0 note: its card has 8\.6 GB, and FLUX\.2 .* of 12 GB \(8\.4 GB /,
      ),
    ]);
  });

  it("of a ComfyUI is an input that its version of a node needs and the workflow does not fill", async () => {
    await using fake = await createFakeComfyui();
    const file = join(folder, "older.json");
    const graph = JSON.parse(readFileSync(workflowFile, "utf8"));
    delete graph["6"].inputs.noise_mask;
    writeFileSync(file, JSON.stringify(graph));
    expect((await find(serverAt("comfyui", fake.url, { workflow: file }))).at(-1)).toMatch(
      /broken: .*node 6 \(InpaintModelConditioning\) that runs without noise_mask/,
    );
  });

  it("is told for each workflow that packs name, and once of a server that runs none", async () => {
    await using comfyui = await createFakeComfyui();
    await using a1111 = await createFakeA1111();
    const servers = [serverAt("comfyui", comfyui.url), serverAt("a1111", a1111.url)];
    const found = await findFor(["z-image-turbo", "flux1-fill"], ...servers);
    expect(
      found.map((line) =>
        line
          .split(":")
          .slice(0, -1)[0]
          ?.replace(/ (ok|broken).*/, ""),
      ),
    ).toEqual([...["workflow", "workflow", "server comfyui", "server comfyui", "server a1111"]]);
    expect(found[2]).toContain("z_image_turbo_bf16");
    expect(found[3]).toContain("flux1-fill-dev");
  });

  it("is that the pack names a workflow which does not ship, with those that do", async () => {
    await using fake = await createFakeComfyui();
    expect((await findFor("flux9", serverAt("comfyui", fake.url)))[0]).toMatch(
      /^workflow broken: Expected the pack to name a workflow of .*inpaint.*z-image-turbo\), got flux9\./,
    );
  });

  it("of stable-diffusion.cpp's server is that it answers, where it tells its options", async () => {
    await using fake = await createFakeA1111({ hasProgress: false });
    expect(await find(serverAt("a1111", fake.url))).toEqual([expect.stringMatching(/^server a1111:0 ok/)]);
  });

  it.each([
    ["password", { auth: "lrbot:s3cret" }, /^server a1111:0 broken: .*401.*LRBOT_A1111_AUTH/],
    ["--api", { hasApi: false }, /^server a1111:0 broken: .*404.*--api/],
  ])("without %s is what to do", async (_, settings, says) => {
    await using fake = await createFakeA1111(settings);
    expect(await find(serverAt("a1111", fake.url))).toEqual([expect.stringMatching(says)]);
  });

  it("of a ComfyUI is a node or a checkpoint that it lacks, or a workflow that cannot be used", async () => {
    await using fake = await createFakeComfyui();
    const at = (workflow: string) => serverAt("comfyui", fake.url, { workflow });
    expect(await find(at(workflowWith("FancySampler")))).toEqual([
      expect.stringMatching(/^workflow ok/),
      expect.stringMatching(
        /^server comfyui:0 broken: .*FancySampler\.json.* without FancySampler\..*LRBOT_COMFY/,
      ),
    ]);
    expect(await find(at(join(folder, "page.json")))).toEqual([
      expect.stringMatching(/^workflow broken: Expected the workflow .*page\.json .*Export \(API\)/),
      `server comfyui:0 ok: ${fake.url} answers as ComfyUI 0.3.50.`,
    ]);
    fake.settings.checkpoints = ["dreams.safetensors"];
    expect((await find(at(workflowFile))).at(-1)).toMatch(/broken: Expected a checkpoint for inpainting/);
  });

  it("is in its report, and a server that is down ends it in status 1", async () => {
    await using fake = await createFakeComfyui();
    await using gone = await createFakeA1111();
    await gone.stop();
    const { status, stdout } = await runLrbot(["doctor"], {
      folder,
      environment: { LRBOT_INPAINTERS: `a1111=${gone.url},comfyui=${fake.url}` },
    });
    expect(stdout).toMatch(/^server comfyui:0 +ok /m);
    expect(stdout).toMatch(/^server a1111:0 +broken +.*ECONNREFUSED.*Mend it: .*LRBOT_INPAINTERS\.?$/m);
    expect(status).toBe(1);
  });
});

describe("lrbot start", () => {
  it("ends at once with a workflow that cannot be used, before it connects to a chat", async () => {
    await using fake = await createFakeComfyui();
    const { status, stdout, stderr } = await runLrbot(["start"], {
      folder,
      environment: {
        DISCORD_TOKEN: "token",
        DISCORD_API_URL: fake.url,
        LRBOT_PACK: "far",
        LRBOT_DEVICES: "cpu",
        LRBOT_INPAINTERS: `comfyui=${fake.url}`,
        LRBOT_COMFYUI_WORKFLOW: join(folder, "page.json"),
      },
    });
    expect({ status: status !== 0, stdout }).toEqual({ status: true, stdout: "" });
    expect(stderr).toMatch(/^error workflow-invalid: Expected the workflow .*page\.json/m);
    expect(fake.requests).toEqual([]);
    expect(everythingIn(join(folder, "data"))).not.toContain("store.db");
  });
});
