import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Inpainter } from "../../../../src/pipeline/inpainters/inpainter.ts";
import { createA1111 } from "../../../../src/pipeline/inpainters/remote/a1111/inpainter.ts";
import type { RemotePatience } from "../../../../src/pipeline/inpainters/remote/patience.ts";
import type { RemoteServer } from "../../../../src/types.ts";
import { createFakeA1111, type FakeA1111 } from "../../../fakes/a1111/index.ts";
import { encode } from "../../../fakes/painting-server/paint.ts";
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
} from "./remote.ts";

/** A grey picture of 64 x 64 as base64. */
const blank = (await encode({ width: 64, height: 64, rgb: new Uint8Array(64 * 64 * 3).fill(90) })).toString(
  "base64",
);

describeInpainter("a1111", {
  async open() {
    const fake = await createFakeA1111();
    const inpainter = createA1111({ server: serverAt("a1111", fake.url), side: 64, patience: hurry });
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

describe("a1111", () => {
  let fake: FakeA1111;
  const opened: Inpainter[] = [];
  beforeEach(async () => {
    fake = await createFakeA1111();
  });
  afterEach(async () => {
    for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
    await fake[Symbol.asyncDispose]();
  });

  function open(change: Partial<RemoteServer> = {}, patience: Partial<RemotePatience> = {}): Inpainter {
    const server = serverAt("a1111", fake.url, change);
    const inpainter = createA1111({ server, side: 64, patience: { ...hurry, ...patience } });
    opened.push(inpainter);
    return inpainter;
  }

  const posts = () =>
    fake.requests.filter(({ method, path }) => method === "POST" && path.endsWith("img2img"));

  it("sends frame, mask, words and numbers in the fields of img2img", async () => {
    const inpainter = open();
    await using painting = await inpainter.begin({ ...request, negative: "a tree", strength: 0.5 });
    await painting.paint([slope], { steps: 4 });
    expect(fake.painted).toHaveLength(1);
    expect(fake.painted[0]).toMatchObject({
      prompt: "a red fox",
      negative_prompt: "a tree",
      seed: 7,
      steps: 4,
      cfg_scale: 3,
      denoising_strength: 0.5,
      width: 64,
      height: 64,
      inpainting_fill: 1,
      inpaint_full_res: false,
      save_images: false,
    });
  });

  it("has the box painted and nothing else", async () => {
    const { inside, outside } = changesOf(await paintSlope(open()));
    expect(inside).toBeGreaterThan(32 * 32);
    expect(outside).toBe(0);
  });

  it("counts the steps that the server tells of while they are done", async () => {
    const told: number[] = [];
    const toldAt: number[] = [];
    fake.settings.onStep = async (step) => {
      toldAt[step] = told.length;
      await vi.waitFor(() => expect(told.length).toBeGreaterThanOrEqual(step - 1), soon);
    };
    await paintSlope(open(), { onStep: (done) => told.push(done) });
    expect(told).toEqual([1, 2, 3, 4]);
    expect(toldAt[4]).toBeGreaterThan(0);
  });

  describe("with a password", () => {
    const authorization = `Basic ${Buffer.from("lrbot:s3cret").toString("base64")}`;
    beforeEach(() => {
      fake.settings.auth = "lrbot:s3cret";
    });

    it("is let in, and sends it with every request", async () => {
      await paintSlope(open({ authorization }));
      expect(new Set(fake.requests.map((seen) => seen.authorization))).toEqual(new Set([authorization]));
    });

    it.each([
      ["without one", null, "Not authenticated"],
      ["with a wrong one", `Basic ${Buffer.from("lrbot:wrong").toString("base64")}`, "Incorrect username"],
    ])("%s is refused before a picture is sent, and says which setting to mend", async (_, wrong, said) => {
      const failure = await failureOf(open({ authorization: wrong }));
      expect(failure).toMatchObject({ code: "inpainter-refused" });
      expect(failure.message).toContain(said);
      expect(failure.message).toContain("LRBOT_A1111_AUTH");
      expect(posts()).toEqual([]);
    });

    it("is refused by a proxy that lets nobody in", async () => {
      fake.misbehave({
        request: /progress/,
        does: { kind: "answer", status: 403, body: "<p>Forbidden</p>" },
      });
      const failure = await failureOf(open({ authorization }));
      expect(failure).toMatchObject({ code: "inpainter-refused" });
      expect(failure.message).toContain("got 403: Forbidden");
    });

    it("does not follow a server that sends it elsewhere, and no message holds it", async () => {
      await using other = await createFakeA1111();
      const { url } = other;
      fake.misbehave({
        request: /img2img/,
        does: { kind: "answer", status: 307, headers: { location: `${url}/sdapi/v1/img2img` } },
      });
      const failure = await failureOf(open({ authorization }));
      expect(failure).toMatchObject({ code: "inpainter-refused" });
      expect(other.requests).toEqual([]);
      const said = JSON.stringify([failure.message, failure.stack, failure.cause]);
      expect(said).not.toContain("s3cret");
      expect(said).not.toContain(authorization.slice(6));
    });
  });

  describe("cancelled", () => {
    it("interrupts the server and waits until it has stopped", async () => {
      const controller = new AbortController();
      fake.settings.stepMilliseconds = 20;
      fake.settings.onStep = (step) => {
        if (step === 2) controller.abort();
      };
      const failure = await failureOf(open(), { steps: 1000, signal: controller.signal });
      expect(failure).toMatchObject({ code: "cancelled" });
      expect(fake.interrupts).toBeGreaterThan(0);
      expect(fake.isPainting).toBe(false);
      expect(fake.painted).toEqual([]);
    });

    it("ends in time where the server does not hear", async () => {
      const controller = new AbortController();
      fake.misbehave({ request: /interrupt/, times: 1000, does: { kind: "answer", status: 500 } });
      fake.settings.onStep = () => {
        controller.abort();
        return new Promise(() => {});
      };
      const failure = await failureOf(open({}, { stop: 50 }), { signal: controller.signal });
      expect(failure).toMatchObject({ code: "cancelled" });
    });
  });

  describe("where something passes", () => {
    it.each([
      ["503 of a proxy", { kind: "answer", status: 503, body: "<html>come back later</html>" }],
      ["a connection that is cut before it paints", { kind: "drop", when: "before" }],
      ["a connection that is cut after it painted", { kind: "drop", when: "after" }],
      ["an answer that is cut in its middle", { kind: "cut" }],
    ] as const)("paints the same after %s", async (_, does) => {
      const expected = await paintSlope(open());
      fake.misbehave({ request: /img2img/, times: 2, does });
      expect(await paintSlope(open())).toEqual(expected);
      expect(posts()).toHaveLength(4);
    });

    it.each([408, 425, 429, 502, 504])("paints after status %s", async (status) => {
      fake.misbehave({ request: /img2img/, does: { kind: "answer", status } });
      await paintSlope(open());
      expect(posts()).toHaveLength(2);
    });

    itOutlivesRestarts({ fake: () => fake, open });
  });

  describe("where it does not", () => {
    it("says that a server which is down does not answer", async () => {
      await fake.stop();
      const failure = await failureOf(open({}, { pauses: [1, 1] }));
      expect(failure).toMatchObject({ code: "inpainter-unreachable" });
      expect(failure.message).toContain(`a1111:0 at ${fake.url}`);
      expect(failure.message).toContain("ECONNREFUSED");
    });

    it("says that a server which goes down in the middle does not answer", async () => {
      fake.settings.onStep = () => fake.stop();
      const failure = await failureOf(open({}, { pauses: [1, 1] }));
      expect(failure).toMatchObject({ code: "inpainter-unreachable" });
    });

    it("gives up a server that says nothing while it paints", async () => {
      const inpainter = open({}, { pauses: [], answer: 300, lost: 60 });
      await using painting = await inpainter.begin(request);
      fake.misbehave({ request: /img2img|progress/, times: 1000, does: { kind: "stall" } });
      await expect(painting.paint([slope], { steps: 4 })).rejects.toMatchObject({
        code: "inpainter-unreachable",
        message: expect.stringContaining("nothing for 0.06 s"),
      });
    });

    it("stops a painting that takes longer than it may, and does not ask for another", async () => {
      fake.settings.stepMilliseconds = 10;
      const failure = await failureOf(open({ timeoutSeconds: 0.15 }), { steps: 1000 });
      expect(failure).toMatchObject({
        code: "inpainter-unreachable",
        message: expect.stringMatching(/no picture within 0\.15 s.*LRBOT_INPAINTER_TIMEOUT/),
      });
      expect(fake.interrupts).toBeGreaterThan(0);
      expect(fake.isPainting).toBe(false);
      expect(posts()).toHaveLength(1);
    });

    it("says that it was interrupted by somebody at the server's page", async () => {
      fake.settings.onStep = async (step) => {
        if (step === 2) await fetch(`${fake.url}/sdapi/v1/interrupt`, { method: "POST" });
      };
      const failure = await failureOf(open());
      expect(failure).toMatchObject({ code: "inpainter-refused" });
      expect(failure.message).toContain("interruption");
      expect(posts()).toHaveLength(1);
    });

    it("tells SD.Next's want of memory from an interruption", async () => {
      fake.settings.isOutOfMemory = true;
      expect(await failureOf(open())).toMatchObject({ code: "out-of-memory" });
      fake.settings.isOutOfMemory = false;
      fake.settings.pictures = "none";
      const inpainter = open();
      expect(await failureOf(inpainter)).toMatchObject({ code: "out-of-memory" });
      const failure = await failureOf(inpainter);
      expect(failure).toMatchObject({ code: "inpainter-refused" });
      expect(failure.message).toContain("it failed, or somebody stopped it");
    });

    it("says that a server was started without --api", async () => {
      fake.settings.hasApi = false;
      const failure = await failureOf(open());
      expect(failure).toMatchObject({ code: "inpainter-refused" });
      expect(failure.message).toContain("Start it with --api");
    });

    it("tells of a painting that failed in the server's own words, and of memory with its own code", async () => {
      fake.settings.failure = { error: "RuntimeError", errors: "mat1 and mat2 shapes cannot be multiplied" };
      const failure = await failureOf(open());
      expect(failure).toMatchObject({ code: "inpainter-refused" });
      expect(failure.message).toContain("mat1 and mat2");
      fake.settings.failure = { error: "OutOfMemoryError", errors: "CUDA out of memory. Tried to allocate" };
      expect(await failureOf(open())).toMatchObject({ code: "out-of-memory" });
    });

    it("names the fields that a server of another interface finds wrong, without what was sent", async () => {
      const detail = [{ type: "missing", loc: ["body", "model"], msg: "Field required", input: "a red fox" }];
      const body = JSON.stringify({ detail });
      fake.misbehave({ request: /img2img/, does: { kind: "answer", status: 422, body } });
      const failure = await failureOf(open());
      expect(failure).toMatchObject({ code: "inpainter-refused" });
      expect(failure.message).toContain("body.model: Field required");
      expect(failure.message).not.toContain("a red fox");
    });

    it.each([
      ["half the size", "half", "got one of 32x32"],
      ["no picture in its answer", "none", "got none"],
      ["what is no picture", "no-picture", "got none"],
      ["a box of one colour", "black", "--no-half-vae"],
    ] as const)("refuses %s", async (_, pictures, said) => {
      fake.settings.pictures = pictures;
      const failure = await failureOf(open());
      expect(failure).toMatchObject({ code: "inpainter-refused" });
      expect(failure.message).toContain(said);
    });

    it.each([
      ["JSON of another form", '{"images": 3}'],
      ["a page", "<!doctype html><title>Sign in</title>"],
      ["half of a JSON", '{"images": ["'],
      ["nothing", ""],
    ])("refuses %s", async (_, body) => {
      fake.misbehave({ request: /img2img/, does: { kind: "body", body } });
      expect(await failureOf(open())).toMatchObject({ code: "inpainter-refused" });
    });

    it("outlives an answer that stops in its middle", async () => {
      const inpainter = open({}, { answer: 30, look: 30, pauses: [1] });
      fake.misbehave({ request: /progress/, times: 2, does: { kind: "trickle" } });
      await expect(inpainter.begin(request)).rejects.toMatchObject({
        code: "inpainter-unreachable",
        message: expect.stringContaining("no answer within 0.03 s"),
      });
    });
  });

  it("paints at a server that tells nothing of its progress, as stable-diffusion.cpp's", async () => {
    fake.settings.hasProgress = false;
    const { inside, outside } = changesOf(await paintSlope(open()));
    expect(inside).toBeGreaterThan(32 * 32);
    expect(outside).toBe(0);
  });

  describe("beside other clients", () => {
    const theirs = (steps = 4) => ({
      method: "POST",
      body: JSON.stringify({ prompt: "theirs", init_images: [blank], width: 64, height: 64, steps }),
    });
    const url = (path: string) => `${fake.url}${path}`;
    const looks = () => fake.requests.filter(({ path }) => path.startsWith("/sdapi/v1/progress")).length;
    let stamp = 0;
    beforeEach(() => {
      fake.settings.stamp = () => `2026123123${String(stamp++).padStart(4, "0")}`;
    });

    it("paints once more what their interruption cut off, though their next painting has cleared its flag", async () => {
      const expected = await paintSlope(open(), { steps: 40 });
      let others: Promise<Response> | null = null;
      fake.settings.stepMilliseconds = 10;
      fake.settings.onStep = async (step) => {
        if (step !== 12 || others) return;
        // Theirs waits behind ours, and begins in the moment in which ours is cut off.
        others = fetch(url("/sdapi/v1/img2img"), theirs(400));
        await vi.waitFor(() => expect(posts()).toHaveLength(3), soon);
        await fetch(url("/sdapi/v1/interrupt"), { method: "POST" });
        fake.settings.onStep = () => {};
      };
      const painted = paintSlope(open(), { steps: 40 });
      await vi.waitFor(() => expect(posts()).toHaveLength(4), soon);
      // Theirs is let go on to its end.
      fake.settings.stepMilliseconds = 0;
      expect(await painted).toEqual(expected);
      await others;
    });

    it("takes what is finished, though theirs has begun since", async () => {
      const expected = await paintSlope(open());
      let others: Promise<Response> | null = null;
      fake.settings.stepMilliseconds = 10;
      fake.settings.onStep = async (step) => {
        if (step !== 2 || others) return;
        others = fetch(url("/sdapi/v1/img2img"), theirs(400));
        await vi.waitFor(() => expect(posts()).toHaveLength(3), soon);
      };
      // Decoding takes longer than from one look to the next.
      fake.settings.onSampled = () => {
        const seen = looks();
        return vi.waitFor(() => expect(looks()).toBeGreaterThan(seen + 2), soon);
      };
      expect(await paintSlope(open({}, { poll: 1 }))).toEqual(expected);
      fake.settings.onSampled = () => {};
      expect(posts()).toHaveLength(3);
      fake.settings.stepMilliseconds = 0;
      await others;
    });

    it.each(["cancelled", "overdue"])(
      "interrupts nobody while its own painting waits and is %s",
      async (how) => {
        const controller = new AbortController();
        let goOn = () => {};
        fake.settings.onStep = () => new Promise<void>((resolve) => (goOn = resolve));
        const others = fetch(url("/sdapi/v1/img2img"), theirs());
        await vi.waitFor(() => expect(fake.isPainting).toBe(true), soon);
        const ours = failureOf(open({ timeoutSeconds: how === "overdue" ? 0.1 : 10 }, { stop: 100 }), {
          signal: controller.signal,
        });
        await vi.waitFor(() => expect(posts()).toHaveLength(2), soon);
        if (how === "cancelled") controller.abort();
        expect(await ours).toMatchObject({
          code: how === "cancelled" ? "cancelled" : "inpainter-unreachable",
        });
        expect(fake.interrupts).toBe(0);
        fake.settings.onStep = () => {};
        goOn();
        expect((await others).status).toBe(200);
      },
    );

    it("interrupts what runs where the server does not know tasks by name", async () => {
      fake.settings.hasTasks = false;
      const controller = new AbortController();
      fake.settings.stepMilliseconds = 20;
      fake.settings.onStep = (step) => {
        if (step === 2) controller.abort();
      };
      const failure = await failureOf(open(), { steps: 1000, signal: controller.signal });
      expect(failure).toMatchObject({ code: "cancelled" });
      expect(fake.interrupts).toBeGreaterThan(0);
    });
  });

  it("paints at two servers at once", async () => {
    await using second = await createFakeA1111();
    const other = createA1111({ server: serverAt("a1111", second.url), side: 64, patience: hurry });
    opened.push(other);
    // Neither goes on before the other has begun.
    let haveMet = false;
    const meet = async () => {
      while (!(fake.isPainting && second.isPainting) && !haveMet) await sleep(2);
      haveMet = true;
    };
    fake.settings.onStep = meet;
    second.settings.onStep = meet;
    const [one, two] = await Promise.all([paintSlope(open()), paintSlope(other)]);
    expect(one).toEqual(two);
  });
});
