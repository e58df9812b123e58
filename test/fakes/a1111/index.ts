import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import {
  type Answer,
  createLoopback,
  json,
  type Loopback,
  type SeenRequest,
} from "../painting-server/loopback.ts";
import { channelOf, decode, encode, type Pixels, paint, scaled } from "../painting-server/paint.ts";
import { detailOf, extrasSchema, type Img2img, img2imgSchema } from "./schema.ts";

/** A web UI on loopback with `--api`: its interface as far as painting needs it, and a painter that follows its request. */
export interface FakeA1111 extends Loopback {
  /** Requests of `img2img` that were painted to their end. */
  readonly painted: Img2img[];
  /** How often it was told to interrupt. */
  readonly interrupts: number;
  /** True while it paints. */
  readonly isPainting: boolean;
  /** What a test may change at any time. */
  readonly settings: A1111Settings;
}

export interface A1111Settings {
  /** `user:password` of `--api-auth`. Default `null`: everybody is let in. */
  auth: string | null;
  /** Started with `--api`. Default true. */
  hasApi: boolean;
  /** Of one sampling step. Default 0. */
  stepMilliseconds: number;
  /** Called before each step with its number, from 1. */
  onStep: (step: number) => void | Promise<void>;
  /** Called when all steps are done, before the picture is decoded. */
  onSampled: () => void | Promise<void>;
  /** What goes wrong in the painting itself, as Python would say it. Default `null`. */
  failure: { readonly error: string; readonly errors: string } | null;
  /** What becomes of the pictures: `half` is half their size, `black` what an autoencoder that overflows gives. Default `whole`. */
  pictures: "whole" | "half" | "black" | "none" | "no-picture";
  /** Knows tasks by name, as newer versions do. Default true. */
  hasTasks: boolean;
  /** Tells its state and options: stable-diffusion.cpp's server does neither. Default true. */
  hasProgress: boolean;
  /** Answers as SD.Next where its card is out of memory: as if it was interrupted, without a picture. Default false. */
  isOutOfMemory: boolean;
  /** When a painting begins. Default: the seconds of this machine's clock, as `20261231235959`. */
  stamp: () => string;
  checkpoint: string;
  /** Names of what makes pictures larger. */
  upscalers: readonly string[];
  /** What answers' pictures are said to be. Default `png`. */
  format: string;
}

/** What `/sdapi/v1/progress` says of the job that runs, or of the last one. */
function freshState() {
  return {
    skipped: false,
    interrupted: false,
    stopping_generation: false,
    job: "",
    job_count: 0,
    job_timestamp: "0",
    job_no: 0,
    sampling_step: 0,
    sampling_steps: 0,
  };
}

export async function createFakeA1111(changes: Partial<A1111Settings> = {}): Promise<FakeA1111> {
  const settings: A1111Settings = {
    auth: null,
    hasApi: true,
    stepMilliseconds: 0,
    onStep: () => {},
    onSampled: () => {},
    failure: null,
    pictures: "whole",
    hasTasks: true,
    hasProgress: true,
    isOutOfMemory: false,
    stamp: () => new Date().toISOString().replace(/\D/g, "").slice(0, 14),
    checkpoint: "dreams-inpainting.safetensors [0123456789]",
    upscalers: ["None", "Lanczos", "R-ESRGAN 4x+"],
    format: "png",
    ...changes,
  };
  const painted: Img2img[] = [];
  let interrupts = 0;
  let outOfMemory = 0;
  let state = freshState();
  const tasks = { current: "", pending: new Set<string>(), finished: new Set<string>() };
  /** Paints one after the other. */
  let turn: Promise<unknown> = Promise.resolve();

  async function img2img(request: Img2img): Promise<Answer> {
    const before = turn;
    let done = () => {};
    turn = new Promise<void>((resolve) => {
      done = resolve;
    });
    const task = request.force_task_id ?? "";
    tasks.pending.add(task);
    await before;
    const own = { ...freshState(), job: "scripts_img2img", job_count: 1, job_timestamp: settings.stamp() };
    state = own;
    tasks.pending.delete(task);
    tasks.current = task;
    const info = JSON.stringify({ seed: request.seed, job_timestamp: own.job_timestamp });
    try {
      if (settings.isOutOfMemory) {
        outOfMemory++;
        own.interrupted = true;
        return json({ images: [], parameters: {}, info: "" });
      }
      if (settings.failure) return failed(500, { detail: "", ...settings.failure });
      const images = [await sample(request, own)].flat();
      if (!own.interrupted) painted.push(request);
      const shown = request.send_images ? images : [];
      const parameters = { ...request, init_images: null, mask: null };
      return json({ images: shown, parameters, info });
    } finally {
      tasks.current = "";
      tasks.finished.add(task);
      own.job = "";
      own.job_count = 0;
      done();
    }
  }

  async function sample(request: Img2img, own: ReturnType<typeof freshState>): Promise<string[]> {
    const picture = await fitted(request, await decode(base64(request.init_images?.[0] ?? "")));
    const mask = request.mask
      ? channelOf(await fitted(request, await decode(base64(request.mask))), 0)
      : null;
    const steps = request.steps ?? 50;
    own.sampling_steps = Math.floor(Math.min(request.denoising_strength, 0.999) * steps) + 1;
    while (own.sampling_step < own.sampling_steps && !own.interrupted) {
      await settings.onStep(own.sampling_step + 1);
      await (settings.stepMilliseconds > 0 ? sleep(settings.stepMilliseconds) : nextTurn());
      own.sampling_step++;
    }
    await settings.onSampled();
    const { prompt, negative_prompt, seed, cfg_scale } = request;
    const of = [prompt, negative_prompt, seed, cfg_scale, steps, own.sampling_step];
    const result = paint({ picture, mask, strength: request.denoising_strength, of });
    if (settings.pictures === "none") return [];
    if (settings.pictures === "black" && mask) {
      for (const [pixel, value] of mask.entries())
        if (value > 127) result.rgb.fill(0, 3 * pixel, 3 * pixel + 3);
    }
    if (settings.pictures === "no-picture") return [Buffer.from("no picture").toString("base64")];
    const sent = settings.pictures === "half" ? scaled(result, 0.5) : result;
    return [(await encode(sent)).toString("base64")];
  }

  async function answer(request: SeenRequest, { pathname }: URL): Promise<Answer> {
    const hidden = [
      ...(settings.hasProgress ? [] : ["/sdapi/v1/progress", "/internal/progress", "/sdapi/v1/interrupt"]),
      ...(settings.hasTasks ? [] : ["/internal/progress"]),
    ];
    const route = settings.hasApi && !hidden.includes(pathname) ? routes[pathname] : undefined;
    if (!route) return json({ detail: "Not Found" }, 404);
    if (request.method !== route.method) return json({ detail: "Method Not Allowed" }, 405);
    const expected = settings.auth && `Basic ${Buffer.from(settings.auth).toString("base64")}`;
    if (expected && request.authorization !== expected) {
      const detail = request.authorization ? "Incorrect username or password" : "Not authenticated";
      return { ...failed(401, { detail }), headers: { "www-authenticate": "Basic" } };
    }
    return route.answer(request);
  }

  const routes: Readonly<
    Record<string, { method: string; answer: (request: SeenRequest) => Answer | Promise<Answer> }>
  > = {
    "/sdapi/v1/img2img": {
      method: "POST",
      answer: ({ body }) => {
        const input = jsonOf(body);
        const parsed = img2imgSchema.safeParse(input);
        if (!parsed.success) return json({ detail: detailOf(parsed.error, input) }, 422);
        const complaint = complaintOf(parsed.data);
        return complaint ?? img2img(parsed.data);
      },
    },
    "/sdapi/v1/upscalers": {
      method: "GET",
      answer: () =>
        json(
          settings.upscalers.map((name) => ({
            name,
            model_name: null,
            model_path: null,
            model_url: null,
            scale: 4,
          })),
        ),
    },
    "/sdapi/v1/extra-single-image": {
      method: "POST",
      async answer({ body }) {
        const input = jsonOf(body);
        const parsed = extrasSchema.safeParse(input);
        if (!parsed.success) return json({ detail: detailOf(parsed.error, input) }, 422);
        const { image, upscaler_1: upscaler, upscaling_resize: by } = parsed.data;
        if (!settings.upscalers.includes(upscaler)) return failed(404, { detail: "Upscaler not found" });
        const larger = await encode(scaled(await decode(base64(image)), by));
        return json({ html_info: "", image: larger.toString("base64") });
      },
    },
    "/sdapi/v1/progress": {
      method: "GET",
      answer: () => {
        const { sampling_step: step, sampling_steps: steps, job_count: count } = state;
        const progress = count === 0 ? 0 : Math.min(1, 0.01 + (steps > 0 ? step / steps : 0));
        return json({ progress, eta_relative: 0, state, current_image: null, textinfo: null });
      },
    },
    "/sdapi/v1/options": {
      method: "GET",
      answer: () => json({ samples_format: settings.format, sd_model_checkpoint: settings.checkpoint }),
    },
    "/sdapi/v1/memory": {
      method: "GET",
      answer: () => json({ ram: {}, cuda: { events: { retries: 0, oom: outOfMemory } } }),
    },
    "/internal/progress": {
      method: "POST",
      answer: ({ body }) => {
        const { id_task: id, live_preview: preview } = JSON.parse(body.toString());
        if (preview !== false) throw new Error("A preview costs a decoding that nobody looks at.");
        const [active, queued] = [id === tasks.current, tasks.pending.has(id)];
        return json({ active, queued, completed: tasks.finished.has(id), progress: null, textinfo: "" });
      },
    },
    "/sdapi/v1/interrupt": {
      method: "POST",
      answer: () => {
        interrupts++;
        state.interrupted = true;
        return json({});
      },
    },
  };

  const loopback = await createLoopback({
    answer,
    forget() {
      // What it painted goes on in nobody's memory.
      state.interrupted = true;
      state = freshState();
      tasks.current = "";
      tasks.pending.clear();
      tasks.finished.clear();
      turn = Promise.resolve();
    },
  });
  return {
    ...loopback,
    painted,
    settings,
    get interrupts() {
      return interrupts;
    },
    get isPainting() {
      return state.job !== "";
    },
  };
}

/** What is wrong with a request that has the right form. */
function complaintOf({ init_images: images, sampler_name: sampler }: Img2img): Answer | null {
  if (!images || images.length === 0) return failed(404, { detail: "Init image not found" });
  if (sampler && !["Euler", "Euler a", "DPM++ 2M", "DDIM"].includes(sampler))
    return failed(404, { detail: "Sampler not found" });
  return null;
}

/** As the web UI answers an exception: what was sent is in it. */
function failed(status: number, { error = "HTTPException", detail = "", errors = "" }): Answer {
  return json({ error, detail, body: "", errors }, status);
}

async function fitted({ width, height }: Img2img, picture: Pixels): Promise<Pixels> {
  if (picture.width === width && picture.height === height) return picture;
  throw new Error(`This fake scales nothing: ${picture.width}x${picture.height} for ${width}x${height}`);
}

function base64(text: string): Buffer {
  return Buffer.from(text.replace(/^data:[^,]*,/, ""), "base64");
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return null;
  }
}
