import { z } from "zod";
import type { RemoteServer } from "../../../../types.ts";
import type { RemoteOrder } from "../painting.ts";
import { createRemoteClient, jsonBody, type RemoteRequest } from "../request.ts";

/** The routes of AUTOMATIC1111 and Forge that painting needs (`modules/api` of their repositories). */
export interface A1111Api extends Disposable {
  /** What it does at the moment. An answer also shows that the server is one of the kind and lets the bot in. */
  state(request: RemoteRequest): Promise<A1111State>;
  /** The checkpoint that is loaded; `null` where it names none. */
  checkpoint(request: RemoteRequest): Promise<string | null>;
  /** Has one frame painted; gives the picture's bytes, `null` where the answer has none. */
  paint(order: RemoteOrder, request: RemoteRequest): Promise<Uint8Array | null>;
  /** Ends what the server paints at this moment, for whomever that is. */
  interrupt(request: RemoteRequest): Promise<void>;
}

const progressSchema = z.object({
  state: z.object({
    sampling_step: z.number().nullish(),
    sampling_steps: z.number().nullish(),
    /** Of the job that runs, or of the last one. */
    interrupted: z.boolean().nullish(),
    skipped: z.boolean().nullish(),
  }),
});
const optionsSchema = z.object({ sd_model_checkpoint: z.string().nullish() });
const answerSchema = z.object({ images: z.array(z.string()).nullish() });

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
      return (await client.json(path, progressSchema, request)).state;
    },
    async checkpoint(request) {
      return (await client.json("/sdapi/v1/options", optionsSchema, request)).sd_model_checkpoint ?? null;
    },
    async paint(order, request) {
      const body = jsonBody(img2imgOf(order));
      const { images } = await client.json("/sdapi/v1/img2img", answerSchema, { ...request, body });
      const [picture] = images ?? [];
      return picture === undefined ? null : Buffer.from(picture.replace(/^data:[^,]*,/, ""), "base64");
    },
    async interrupt(request) {
      await client.bytes("/sdapi/v1/interrupt", { ...request, body: jsonBody({}) });
    },
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
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
