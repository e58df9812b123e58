import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Frame, Inpainter } from "../../../../src/pipeline/inpainters/inpainter.ts";
import { createComfyui } from "../../../../src/pipeline/inpainters/remote/comfyui/inpainter.ts";
import { parseWorkflow, readWorkflow } from "../../../../src/pipeline/inpainters/remote/comfyui/workflow.ts";
import type { RemotePatience } from "../../../../src/pipeline/inpainters/remote/patience.ts";
import type { RemoteServer } from "../../../../src/types.ts";
import { createFakeComfyui, type FakeComfyui } from "../../../fakes/comfyui/index.ts";
import { describeInpainter } from "../conformance.ts";
import {
  changesOf,
  failureOf,
  hurry,
  itOutlivesRestarts,
  paintSlope,
  request,
  serverAt,
  slope,
  soon,
  workflowFile,
} from "./remote.ts";

describeInpainter("comfyui", {
  async open() {
    const fake = await createFakeComfyui();
    const server = serverAt("comfyui", fake.url);
    const workflow = await readWorkflow(workflowFile);
    const inpainter = createComfyui({ server, side: 64, workflow, patience: hurry });
    return {
      ...inpainter,
      async [Symbol.asyncDispose]() {
        await inpainter[Symbol.asyncDispose]();
        await fake[Symbol.asyncDispose]();
      },
    };
  },
  steps: 4,
  batchTolerance: 0,
});

describe("comfyui", () => {
  let fake: FakeComfyui;
  let shipped: string;
  const opened: Inpainter[] = [];
  beforeEach(async () => {
    fake = await createFakeComfyui();
    shipped = await readFile(workflowFile, "utf8");
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
    await fake[Symbol.asyncDispose]();
  });

  function open(
    change: Partial<RemoteServer> = {},
    patience: Partial<RemotePatience> = {},
    graph: string = shipped,
  ): Inpainter {
    const server = serverAt("comfyui", fake.url, change);
    const workflow = parseWorkflow(graph, "workflow.json");
    const inpainter = createComfyui({ server, side: 64, workflow, patience: { ...hurry, ...patience } });
    opened.push(inpainter);
    return inpainter;
  }

  /** The workflow that ships, changed. */
  function changed(change: (graph: Record<string, { class_type: string; inputs: object }>) => void): string {
    const graph = JSON.parse(shipped);
    change(graph);
    return JSON.stringify(graph);
  }

  const prompts = () => fake.requests.filter(({ method, path }) => method === "POST" && path === "/prompt");

  it("fills the workflow that ships, and has the box painted", async () => {
    const inpainter = open();
    await using painting = await inpainter.begin({ ...request, negative: "a tree", strength: 0.5 });
    await painting.paint([slope], { steps: 4 });
    const inputs = Object.values(fake.painted[0]?.graph ?? {}).map((node) => node.inputs);
    expect(inputs).toContainEqual(expect.objectContaining({ text: "a red fox" }));
    expect(inputs).toContainEqual(expect.objectContaining({ text: "a tree" }));
    expect(inputs).toContainEqual(expect.objectContaining({ seed: 7, steps: 2, cfg: 3, denoise: 0.5 }));
    expect(inputs).toContainEqual({ ckpt_name: "sd-v1-5-inpainting.safetensors" });
    const { inside, outside } = changesOf(await paintSlope(inpainter));
    expect(inside).toBeGreaterThan(32 * 32);
    expect(outside).toBe(0);
  });

  it("uploads into the folder that is emptied, and overwrites there what it painted before", async () => {
    const inpainter = open();
    await paintSlope(inpainter);
    await using painting = await inpainter.begin(request);
    await painting.paint([{ ...slope, rgb: slope.rgb.map((value) => 255 - value) }], { steps: 4 });
    expect(fake.painted).toHaveLength(2);
    expect(fake.uploads).toEqual([
      expect.stringMatching(/^lrbot-[0-9a-f-]{36}-0-picture\.png \[temp\]$/),
      expect.stringMatching(/^lrbot-[0-9a-f-]{36}-0-mask\.png \[temp\]$/),
    ]);
  });

  it("paints two frames at once without mixing up their pictures", async () => {
    const inpainter = open();
    const inverse = { ...slope, rgb: slope.rgb.map((value) => 255 - value) };
    const paint = async (frame: Frame) => {
      await using painting = await inpainter.begin({ ...request, strength: 0.5 });
      return painting.paint([frame], { steps: 4 });
    };
    const expected = [await paint(slope), await paint(inverse)];
    expect(await Promise.all([paint(slope), paint(inverse)])).toEqual(expected);
  });

  it("paints anew what the server remembers and whose file somebody has deleted", async () => {
    fake.settings.remembers = true;
    const inpainter = open();
    const expected = await paintSlope(inpainter);
    expect(await paintSlope(inpainter)).toEqual(expected);
    fake.emptyTemp();
    expect(await paintSlope(inpainter)).toEqual(expected);
    expect(prompts()).toHaveLength(4);
  });

  it("queues nothing twice where a look at it hangs for longer than it is waited for", async () => {
    const inpainter = open({}, { look: 30, lost: 60, pauses: [1, 1, 1, 1, 1, 1] });
    await using painting = await inpainter.begin(request);
    let goOn = () => {};
    fake.settings.onStep = () => new Promise<void>((resolve) => (goOn = resolve));
    fake.misbehave({ request: /history/, times: 4, does: { kind: "stall" } });
    const painted = painting.paint([slope], { steps: 4 });
    await vi.waitFor(
      () => expect(fake.requests.filter(({ path }) => /history/.test(path)).length).toBeGreaterThan(5),
      soon,
    );
    fake.settings.onStep = () => {};
    goOn();
    await painted;
    expect(prompts()).toHaveLength(1);
  });

  it.each([true, false])(
    "finds again what was queued though the answer was lost, where the server takes ids (%s)",
    async (takesIds) => {
      fake.settings.takesIds = takesIds;
      const expected = await paintSlope(open());
      fake.misbehave({ request: /POST \/prompt/, does: { kind: "drop", when: "after" } });
      expect(await paintSlope(open())).toEqual(expected);
      expect(prompts()).toHaveLength(takesIds ? 2 : 3);
    },
  );

  it("refuses a box of one colour, and says what to start the server with", async () => {
    fake.settings.isBlack = true;
    const failure = await failureOf(open());
    expect(failure).toMatchObject({ code: "inpainter-refused" });
    expect(failure.message).toMatch(/--no-half-vae.*--fp32-vae/);
    expect(prompts()).toHaveLength(1);
  });

  it("finds an inpainting checkpoint however the server tells of them", async () => {
    fake.settings.tellsCombo = true;
    await paintSlope(open());
    expect(fake.painted).toHaveLength(1);
  });

  it("refuses a server without an inpainting checkpoint, and names those that it has", async () => {
    fake.settings.checkpoints = ["dreams.safetensors"];
    const failure = await failureOf(open());
    expect(failure).toMatchObject({ code: "inpainter-refused" });
    expect(failure.message).toContain("dreams.safetensors");
    expect(failure.message).toContain("LRBOT_COMFYUI_WORKFLOW");
  });

  describe("its events", () => {
    it("tell of steps while they are done, previews between them or not", async () => {
      const inpainter = open({}, { poll: 5000 });
      await using painting = await inpainter.begin(request);
      await painting.paint([slope], { steps: 1 });
      await vi.waitFor(() => expect(fake.listeners).toHaveLength(1), soon);
      const told: number[] = [];
      fake.settings.onStep = async (step) =>
        void (await vi.waitFor(() => expect(told.length).toBeGreaterThanOrEqual(step - 1), soon));
      await painting.paint([slope], { steps: 4, onStep: (done) => told.push(done) });
      expect(told).toEqual([1, 2, 3, 4]);
    });

    it("are heard again after the connection broke, and are not needed", async () => {
      const inpainter = open();
      const expected = await paintSlope(inpainter);
      fake.dropSockets();
      fake.misbehave({ request: /UPGRADE/, does: { kind: "stall" } });
      expect(await paintSlope(inpainter)).toEqual(expected);
      await vi.waitFor(async () => {
        expect(await paintSlope(inpainter)).toEqual(expected);
        expect(fake.listeners).toHaveLength(1);
      }, soon);
    });
  });

  describe("with a token", () => {
    beforeEach(() => {
      fake.settings.token = "s3cret-token";
    });

    it("is let in everywhere, and heard", async () => {
      const inpainter = open({ authorization: "Bearer s3cret-token" });
      await paintSlope(inpainter);
      const paths = fake.requests.map(({ path }) => path.split(/[/?]/)[1]);
      // Whether the queue is asked depends on when the prompt is over.
      const asked = new Set(paths.filter((path) => path !== "queue"));
      expect(asked).toEqual(new Set(["object_info", "upload", "prompt", "history", "view"]));
      expect(new Set(fake.requests.map((seen) => seen.authorization))).toEqual(
        new Set(["Bearer s3cret-token"]),
      );
      await vi.waitFor(() => expect(fake.listeners).toHaveLength(1), soon);
    });

    it.each([
      ["without one", null],
      ["with a wrong one", "Bearer wr0ng"],
    ])("%s is refused before a picture is sent, and says which setting to mend", async (_, authorization) => {
      const failure = await failureOf(open({ authorization }));
      expect(failure).toMatchObject({ code: "inpainter-refused" });
      expect(failure.message).toContain("LRBOT_COMFYUI_TOKEN");
      expect(failure.message).not.toContain("wr0ng");
      expect(fake.uploads).toEqual([]);
    });

    it("sends it nowhere else, whatever the server answers", async () => {
      await using other = await createFakeComfyui();
      for (const path of [/object_info/, /upload/, /view/]) {
        const headers = { location: `${other.url}/elsewhere` };
        fake.misbehave({ request: path, does: { kind: "answer", status: 302, headers } });
        const failure = await failureOf(open({ authorization: "Bearer s3cret-token" }));
        expect(failure).toMatchObject({ code: "inpainter-refused" });
        expect(JSON.stringify([failure.message, failure.stack, failure.cause])).not.toContain("s3cret");
      }
      expect(other.requests).toEqual([]);
    });
  });

  describe("cancelled", () => {
    it("interrupts its own prompt while that runs, and waits until it has stopped", async () => {
      const controller = new AbortController();
      fake.settings.stepMilliseconds = 20;
      fake.settings.onStep = (step) => {
        if (step === 2) controller.abort();
      };
      const failure = await failureOf(open(), { steps: 1000, signal: controller.signal });
      expect(failure).toMatchObject({ code: "cancelled" });
      expect(fake.interrupts.length).toBeGreaterThan(0);
      expect(fake.running).toBeNull();
      expect(fake.painted).toEqual([]);
    });

    it("takes its prompt out of the queue where that waits, and lets somebody else's go on", async () => {
      await paintSlope(open());
      const { graph } = fake.painted[0] ?? { graph: {} };
      let goOn = () => {};
      fake.settings.onStep = () => new Promise<void>((resolve) => (goOn = resolve));
      const theirs = fake.enqueue(graph);
      await vi.waitFor(() => expect(fake.running?.id).toBe(theirs.id), soon);
      const controller = new AbortController();
      const ours = failureOf(open(), { signal: controller.signal });
      await vi.waitFor(() => expect(fake.pending).toHaveLength(1), soon);
      controller.abort();
      expect(await ours).toMatchObject({ code: "cancelled" });
      expect(fake.pending).toEqual([]);
      expect(fake.interrupts).toEqual([]);
      expect(fake.running?.id).toBe(theirs.id);
      fake.settings.onStep = () => {};
      goOn();
      await vi.waitFor(() => expect(fake.painted.at(-1)?.id).toBe(theirs.id), soon);
    });
  });

  describe("where something passes", () => {
    it.each([
      ["503 of a proxy at its history", /history/, { kind: "answer", status: 503 }],
      ["a connection that is cut at its queue", /GET \/queue/, { kind: "drop", when: "before" }],
      ["a connection that is cut at its history", /history/, { kind: "cut" }],
    ] as const)("waits for the same prompt after %s", async (_, path, does) => {
      const expected = await paintSlope(open());
      fake.misbehave({ request: path, times: 3, does });
      expect(await paintSlope(open())).toEqual(expected);
      expect(prompts()).toHaveLength(2);
    });

    it.each([
      ["an upload that is cut", /upload/, { kind: "drop", when: "after" }],
      ["a prompt that is cut before it is queued", /POST \/prompt/, { kind: "drop", when: "before" }],
      ["a prompt that is cut after it is queued", /POST \/prompt/, { kind: "drop", when: "after" }],
      ["a picture that is cut", /view/, { kind: "cut" }],
      ["502 of a proxy at its pictures", /view/, { kind: "answer", status: 502 }],
    ] as const)("paints the same after %s", async (_, path, does) => {
      const expected = await paintSlope(open());
      fake.misbehave({ request: path, times: 2, does });
      expect(await paintSlope(open())).toEqual(expected);
    });

    itOutlivesRestarts({ fake: () => fake, open });
  });

  describe("where it does not", () => {
    it("says that a server which is down does not answer", async () => {
      await fake.stop();
      const failure = await failureOf(open({}, { pauses: [1, 1] }));
      expect(failure).toMatchObject({ code: "inpainter-unreachable" });
      expect(failure.message).toContain(`comfyui:0 at ${fake.url}`);
    });

    it("says that a server which goes down in the middle does not answer", async () => {
      fake.settings.onStep = () => fake.stop();
      const failure = await failureOf(open({}, { pauses: [1, 1], lost: 40 }));
      expect(failure).toMatchObject({ code: "inpainter-unreachable" });
    });

    it("stops a painting that takes longer than it may, and does not queue another", async () => {
      fake.settings.stepMilliseconds = 10;
      const failure = await failureOf(open({ timeoutSeconds: 0.15 }), { steps: 1000 });
      expect(failure).toMatchObject({
        code: "inpainter-unreachable",
        message: expect.stringMatching(/no picture within 0\.15 s.*LRBOT_INPAINTER_TIMEOUT/),
      });
      expect(fake.running).toBeNull();
      expect(prompts()).toHaveLength(1);
    });

    it("says that it was interrupted by somebody at the server's page", async () => {
      fake.settings.onStep = (step) => {
        if (step === 2) fake.interrupt();
      };
      const failure = await failureOf(open());
      expect(failure).toMatchObject({ code: "inpainter-refused" });
      expect(failure.message).toContain("interruption");
      expect(prompts()).toHaveLength(1);
    });

    it("tells of a node that failed in the server's own words, and of memory with its own code", async () => {
      fake.settings.failure = { in: "KSampler", type: "RuntimeError", message: "mat1 and mat2 shapes" };
      const failure = await failureOf(open());
      expect(failure).toMatchObject({ code: "inpainter-refused" });
      expect(failure.message).toContain("RuntimeError: mat1 and mat2 shapes in KSampler");
      const type = "torch.OutOfMemoryError";
      fake.settings.failure = { in: "VAEDecode", type, message: "Allocation on device" };
      expect(await failureOf(open())).toMatchObject({ code: "out-of-memory" });
    });

    it.each([
      ["JSON of another form", '{"prompt_id": 3}'],
      ["a page", "<!doctype html><title>Sign in</title>"],
      ["nothing", ""],
    ])("refuses %s", async (_, body) => {
      fake.misbehave({ request: /POST \/prompt/, does: { kind: "body", body } });
      expect(await failureOf(open())).toMatchObject({ code: "inpainter-refused" });
    });

    it("refuses what is no picture", async () => {
      fake.misbehave({ request: /view/, does: { kind: "body", body: "<html></html>" } });
      expect(await failureOf(open())).toMatchObject({ code: "inpainter-refused" });
    });

    it("says that the address is of another server", async () => {
      fake.misbehave({ request: /object_info/, does: { kind: "answer", status: 404, body: "Not Found" } });
      const failure = await failureOf(open());
      expect(failure).toMatchObject({ code: "inpainter-refused" });
      expect(failure.message).toContain("/object_info/CheckpointLoaderSimple");
    });
  });

  describe("a workflow of the operator", () => {
    it("may name its checkpoint, other nodes and where the picture is kept", async () => {
      fake.settings.checkpoints = ["dreams.safetensors"];
      const graph = changed((nodes) => {
        Object.assign(nodes["1"]?.inputs ?? {}, { ckpt_name: "dreams.safetensors" });
        nodes["6"] = {
          class_type: "VAEEncodeForInpaint",
          inputs: { pixels: ["2", 0], vae: ["1", 2], mask: ["3", 0], grow_mask_by: 0 },
        };
        Object.assign(nodes["7"]?.inputs ?? {}, {
          positive: ["4", 0],
          negative: ["5", 0],
          latent_image: ["6", 0],
          scheduler: "karras",
        });
        Object.assign(nodes["4"]?.inputs ?? {}, { text: "a photograph of {{prompt}}, {{steps}} steps" });
        nodes["9"] = { class_type: "SaveImage", inputs: { images: ["8", 0], filename_prefix: "lrbot" } };
      });
      const { inside, outside } = changesOf(await paintSlope(open({}, {}, graph)));
      expect(inside).toBeGreaterThan(32 * 32);
      expect(outside).toBe(0);
      expect(fake.painted[0]?.graph["4"]?.inputs?.text).toBe("a photograph of a red fox, 4 steps");
    });

    const refusals: readonly [string, string, Parameters<typeof changed>[0]][] = [
      [
        "has a node that the server lacks",
        "Node 'sharpen' not found",
        (nodes) => {
          nodes["10"] = { class_type: "Sharpen", inputs: {}, ...{ _meta: { title: "sharpen" } } };
        },
      ],
      [
        "names a checkpoint that the server lacks",
        "node 1 (CheckpointLoaderSimple): ckpt_name: 'gone.safetensors' not in",
        (nodes) => Object.assign(nodes["1"]?.inputs ?? {}, { ckpt_name: "gone.safetensors" }),
      ],
      [
        "lacks an input",
        "node 7 (KSampler): scheduler",
        (nodes) => {
          nodes["7"] = {
            class_type: "KSampler",
            inputs: { ...nodes["7"]?.inputs, ...{ scheduler: undefined } },
          };
        },
      ],
      [
        "links what does not fit",
        "node 8 (VAEDecode): samples, received_type(CONDITIONING) mismatch input_type(LATENT)",
        (nodes) => Object.assign(nodes["8"]?.inputs ?? {}, { samples: ["4", 0] }),
      ],
      [
        "has a number out of its bounds",
        "node 7 (KSampler): cfg",
        (nodes) => Object.assign(nodes["7"]?.inputs ?? {}, { cfg: 101 }),
      ],
      [
        "links to a node that there is none of",
        "node 8 (VAEDecode): '70'",
        (nodes) => Object.assign(nodes["8"]?.inputs ?? {}, { samples: ["70", 0] }),
      ],
      [
        "keeps no picture",
        "Prompt has no outputs",
        (nodes) => {
          delete nodes["9"];
        },
      ],
    ];
    it.each(refusals)("that %s is refused in the server's words", async (_, said, change) => {
      const failure = await failureOf(open({}, {}, changed(change)));
      expect(failure).toMatchObject({ code: "inpainter-refused" });
      expect(failure.message).toContain(said);
      expect(prompts()).toHaveLength(1);
    });

    it("that keeps two pictures is refused with what it needs", async () => {
      const graph = changed((nodes) => {
        nodes["10"] = { class_type: "PreviewImage", inputs: { images: ["2", 0] } };
      });
      const failure = await failureOf(open({}, {}, graph));
      expect(failure).toMatchObject({ code: "inpainter-refused" });
      expect(failure.message).toContain("got 2. It needs one PreviewImage or SaveImage");
    });

    it("that scales the picture is refused with both sizes", async () => {
      const graph = changed((nodes) => {
        const inputs = { image: ["8", 0], upscale_method: "bilinear", scale_by: 2 };
        nodes["10"] = { class_type: "ImageScaleBy", inputs };
        Object.assign(nodes["9"]?.inputs ?? {}, { images: ["10", 0] });
      });
      const failure = await failureOf(open({}, {}, graph));
      expect(failure).toMatchObject({ code: "inpainter-refused" });
      expect(failure.message).toMatch(/Expected a picture of 64x64 from .*, got one of 128x128\./);
    });
  });

  it("paints at two servers at once", async () => {
    await using second = await createFakeComfyui();
    const workflow = parseWorkflow(shipped, "workflow.json");
    const server = serverAt("comfyui", second.url);
    const other = createComfyui({ server, side: 64, workflow, patience: hurry });
    opened.push(other);
    // Neither goes on before the other has begun.
    let haveMet = false;
    const meet = async () => {
      while (!(fake.running && second.running) && !haveMet) await sleep(2);
      haveMet = true;
    };
    fake.settings.onStep = meet;
    second.settings.onStep = meet;
    const [one, two] = await Promise.all([paintSlope(open()), paintSlope(other)]);
    expect(one).toEqual(two);
  });
});

describe("a workflow's file", () => {
  const node = (inputs: object) => ({ "1": { class_type: "Any", inputs } });
  const all = {
    image: "{{image}}",
    mask: "{{mask}}",
    prompt: "{{prompt}}",
    negative: "{{negative}}",
    seed: "{{seed}}",
    steps: "{{steps}}",
    cfg: "{{cfg}}",
    denoise: "{{denoise}}",
    width: "{{width}}",
    height: "{{height}}",
  };
  const parse = (value: unknown) => parseWorkflow(JSON.stringify(value), "/srv/workflow.json");
  const values = {
    image: "a.png",
    mask: "b.png",
    prompt: 'a "fox" {{seed}}\n',
    negative: "",
    seed: 1,
    steps: 2,
    cfg: 3,
    denoise: 1,
    width: 64,
    height: 32,
  };

  it("keeps the type of what a placeholder stands for, and words that look like one", () => {
    const filled = parse(node({ ...all, deep: [{ name: "of {{seed}}, {{cfg}}" }] })).fill(values);
    expect(filled["1"]?.inputs).toEqual({ ...values, deep: [{ name: "of 1, 3" }] });
  });

  it.each(["negative", "cfg", "denoise", "width", "height", "reference", "checkpoint"] as const)(
    "may be without {{%s}}, and says so",
    (name) => {
      const one = { ...all, reference: "{{reference}}", checkpoint: "{{checkpoint}}" };
      expect(parse(node(one)).takes(name)).toBe(true);
      const without = parse(node({ ...one, [name]: "its own" }));
      expect(without.takes(name)).toBe(false);
      expect(without.fill({ ...values, reference: "c.png", checkpoint: "d" })["1"]?.inputs).toMatchObject({
        [name]: "its own",
        seed: 1,
      });
    },
  );

  it("says whether it leaves the checkpoint open", () => {
    expect(parse(node(all)).takes("checkpoint")).toBe(false);
    expect(parse(node({ ...all, name: "{{checkpoint}}" })).takes("checkpoint")).toBe(true);
  });

  it.each([
    ["that is none", "{", "JSON"],
    ["of ComfyUI's page", JSON.stringify({ nodes: [], links: [], version: 0.4 }), "Export (API)"],
    ["that is a list", "[]", "Export (API)"],
    ["without placeholders", JSON.stringify(node({})), "without {{image}}, {{mask}}"],
    ["without its picture", JSON.stringify(node({ ...all, image: 3 })), "without {{image}}"],
    ["without its mask", JSON.stringify(node({ ...all, mask: 3 })), "without {{mask}}"],
    ["without its prompt", JSON.stringify(node({ ...all, prompt: 3 })), "without {{prompt}}"],
    ["without its seed", JSON.stringify(node({ ...all, seed: 3 })), "without {{seed}}"],
    ["without its steps", JSON.stringify(node({ ...all, steps: 3 })), "without {{steps}}"],
    ["with an unknown one", JSON.stringify(node({ ...all, more: "{{sampler}}" })), "got {{sampler}} too"],
  ])("%s is refused with its path", (_, text, said) => {
    const parsing = () => parseWorkflow(text, "/srv/workflow.json");
    expect(parsing).toThrow(expect.objectContaining({ code: "workflow-invalid" }));
    expect(parsing).toThrow("/srv/workflow.json");
    expect(parsing).toThrow(said);
  });

  it("may have the byte order mark that Windows writes", async () => {
    const file = join(await mkdtemp(join(tmpdir(), "workflow-")), "workflow.json");
    const text = await readFile(workflowFile, "utf8");
    for (const bytes of [Buffer.from(`\ufeff${text}`), Buffer.from(`\ufeff${text}`, "utf16le")]) {
      await writeFile(file, bytes);
      expect((await readWorkflow(file)).nodes).toEqual((await readWorkflow(workflowFile)).nodes);
    }
    await rm(dirname(file), { recursive: true });
  });

  it("that is not there is refused with its path", async () => {
    await expect(readWorkflow("/nowhere/workflow.json")).rejects.toMatchObject({
      code: "workflow-invalid",
      message: expect.stringContaining("/nowhere/workflow.json"),
    });
  });
});
