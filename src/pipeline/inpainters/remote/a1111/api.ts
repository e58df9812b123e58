import { z } from "zod";
import type { RemoteServer } from "../../../../types.ts";
import { isAbsent } from "../failures.ts";
import type { RemoteOrder } from "../painting.ts";
import { createRemoteClient, jsonBody, jsonOf, type RemoteRequest } from "../request.ts";

/** The routes of AUTOMATIC1111 and Forge that painting needs (`modules/api` of their repositories). */
export interface A1111Api extends Disposable {
  /**
   * What it does at the moment; `null` where the server has no such route, as stable-diffusion.cpp's. An answer also shows that
   * it lets the bot in.
   */
  state(request: RemoteRequest): Promise<A1111State | null>;
  /** What it is set to. */
  settings(request: RemoteRequest): Promise<A1111Settings>;
  /** Has one frame painted, under a name of our own for the task. */
  paint(order: RemoteOrder, task: string, request: RemoteRequest): Promise<A1111Answer>;
  /** What becomes of a task; `unnamed` where the server has no such route, or calls its tasks otherwise. */
  task(task: string, request: RemoteRequest): Promise<"active" | "queued" | "completed" | "unnamed">;
  /** Ends what the server paints at this moment, for whomever that is. */
  interrupt(request: RemoteRequest): Promise<void>;
  /** Names of what it makes pictures larger with. */
  upscalers(request: RemoteRequest): Promise<readonly string[]>;
  /** A picture at twice the side; `null` where the answer has none. */
  upscale(picture: Uint8Array, upscaler: string, request: RemoteRequest): Promise<Uint8Array | null>;
  /** How often its card has been out of memory; `null` where it does not say. */
  outOfMemoryCount(request: RemoteRequest): Promise<number | null>;
}

/** What a painting came to. */
export interface A1111Answer {
  /** The encoded picture; `null` where there is none. */
  readonly picture: Uint8Array | null;
  /** The server's stamp of when the painting began, in whole seconds; `null` where it gives none. */
  readonly startedAt: string | null;
}

const progressSchema = z.object({
  state: z.object({
    sampling_step: z.number().nullish(),
    sampling_steps: z.number().nullish(),
    /** Of the job that runs, or of the last one. */
    interrupted: z.boolean().nullish(),
    skipped: z.boolean().nullish(),
    /** Of the job that runs; empty where none does. */
    job: z.string().nullish(),
    /** How many batches are sampled. */
    job_no: z.number().nullish(),
    /** When the job that runs, or the last one, began, in whole seconds. */
    job_timestamp: z.string().nullish(),
  }),
});
const optionsSchema = z.object({
  sd_model_checkpoint: z.string().nullish(),
  /** What its answers' pictures are encoded as. */
  samples_format: z.string().nullish(),
});
const answerSchema = z.object({ images: z.array(z.string()).nullish(), info: z.string().nullish() });
const infoSchema = z.object({ job_timestamp: z.string().nullish() });
const taskSchema = z.object({ active: z.boolean(), queued: z.boolean(), completed: z.boolean() });
const memorySchema = z.object({
  cuda: z.object({ events: z.object({ oom: z.number().nullish() }).nullish() }).nullish(),
});

const upscalersSchema = z.array(z.object({ name: z.string() }));
const extrasSchema = z.object({ image: z.string().nullish() });

/** Those of its options that painting depends on. */
export type A1111Settings = z.infer<typeof optionsSchema>;

/** What a server does at the moment. */
export type A1111State = z.infer<typeof progressSchema>["state"];

/** @throws EditError of every route: `inpainter-unreachable`, `inpainter-refused`, `out-of-memory`, `cancelled` */
export function openA1111Api(server: RemoteServer): A1111Api {
  const client = createRemoteClient(server, {
    access: "Set LRBOT_A1111_AUTH to a user:password of the server's --api-auth.",
    absent: "Start it with --api.",
  });
  return {
    async state(request) {
      const path = "/sdapi/v1/progress?skip_current_image=true";
      return orWithout(null, async () => (await client.json(path, progressSchema, request)).state);
    },
    settings: (request) => client.json("/sdapi/v1/options", optionsSchema, request),
    async paint(order, task, request) {
      const body = jsonBody({ ...img2imgOf(order), force_task_id: task });
      const { images, info } = await client.json("/sdapi/v1/img2img", answerSchema, { ...request, body });
      const [picture] = images ?? [];
      return {
        picture: picture === undefined ? null : bytesOf(picture),
        startedAt: infoSchema.safeParse(jsonOf(info ?? "")).data?.job_timestamp ?? null,
      };
    },
    task(task, request) {
      return orWithout("unnamed", async () => {
        const body = jsonBody({ id_task: task, live_preview: false });
        const told = await client.json("/internal/progress", taskSchema, { ...request, body });
        return told.active ? "active" : told.queued ? "queued" : told.completed ? "completed" : "unnamed";
      });
    },
    async upscalers(request) {
      return (await client.json("/sdapi/v1/upscalers", upscalersSchema, request)).map(({ name }) => name);
    },
    async upscale(picture, upscaler, request) {
      const body = jsonBody(extrasOf(picture, upscaler));
      const answer = await client.json("/sdapi/v1/extra-single-image", extrasSchema, { ...request, body });
      return answer.image ? bytesOf(answer.image) : null;
    },
    outOfMemoryCount(request) {
      return orWithout(null, async () => {
        const { cuda } = await client.json("/sdapi/v1/memory", memorySchema, request);
        return cuda?.events?.oom ?? null;
      });
    },
    async interrupt(request) {
      await client.bytes("/sdapi/v1/interrupt", { ...request, body: jsonBody({}) });
    },
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

function bytesOf(base64: string): Uint8Array {
  return Buffer.from(base64.replace(/^data:[^,]*,/, ""), "base64");
}

/** Its fields are those of `ExtrasSingleImageRequest`, `modules/api/models.py`; by a factor, without mending faces. */
function extrasOf(picture: Uint8Array, upscaler: string) {
  return {
    image: Buffer.from(picture).toString("base64"),
    resize_mode: 0,
    upscaling_resize: 2,
    upscaler_1: upscaler,
    upscaler_2: "None",
    extras_upscaler_2_visibility: 0,
    gfpgan_visibility: 0,
    codeformer_visibility: 0,
    codeformer_weight: 0,
    show_extras_results: true,
  };
}

/** What is asked for, or something else where the server has no such route. */
async function orWithout<T>(otherwise: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (isAbsent(error)) return otherwise;
    throw error;
  }
}

/** The same order gives the same request. Its fields are those of `StableDiffusionImg2ImgProcessingAPI`. */
function img2imgOf({ frame, ...order }: RemoteOrder) {
  return {
    init_images: [Buffer.from(frame.picture).toString("base64")],
    mask: Buffer.from(frame.mask).toString("base64"),
    mask_blur: 0,
    /** Starts from the picture's own pixels, as far as strength leaves of them. */
    inpainting_fill: 1,
    /** The frame is cut and scaled already. */
    inpaint_full_res: false,
    inpainting_mask_invert: 0,
    resize_mode: 0,
    width: frame.width,
    height: frame.height,
    prompt: order.prompt,
    negative_prompt: order.negative,
    steps: order.steps,
    cfg_scale: order.guidance,
    denoising_strength: order.strength,
    seed: order.seed,
    sampler_name: "Euler",
    batch_size: 1,
    n_iter: 1,
    restore_faces: false,
    tiling: false,
    send_images: true,
    save_images: false,
  };
}
