import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { RemoteServer } from "../../../../types.ts";
import { paintingFailure, refused } from "../failures.ts";
import type { RemotePatience } from "../patience.ts";
import { createRemoteClient, jsonBody } from "../request.ts";

const uploadSchema = z.object({
  name: z.string(),
  subfolder: z.string().nullish(),
  type: z.string().nullish(),
});
const promptSchema = z.object({ prompt_id: z.string() });
const itemsSchema = z.array(z.array(z.unknown()));
const queueSchema = z.object({ queue_running: itemsSchema, queue_pending: itemsSchema });
const pictureSchema = z.object({ filename: z.string(), subfolder: z.string(), type: z.string() });
const outputSchema = z.looseObject({ images: z.array(pictureSchema).optional() });
const entrySchema = z.object({
  outputs: z.record(z.string(), outputSchema),
  status: z
    .object({
      status_str: z.string(),
      messages: z.array(z.tuple([z.string(), z.record(z.string(), z.unknown())])).default([]),
    })
    .nullish(),
});
const historySchema = z.record(z.string(), entrySchema);
/** What may be chosen: the list itself, or `COMBO` with the list among its options; `null` where nothing is listed. */
const choicesSchema = z.union([
  z.tuple([z.array(z.string())], z.unknown()).transform(([names]) => names),
  z
    .tuple([z.literal("COMBO"), z.object({ options: z.array(z.string()) })], z.unknown())
    .transform(([, { options }]) => options),
  z.unknown().transform(() => null),
]);
const inputsSchema = z.record(z.string(), choicesSchema).nullish();
const nodesSchema = z.record(
  z.string(),
  z.object({
    input: z.object({ required: inputsSchema, optional: inputsSchema }).nullish(),
    output_node: z.boolean().nullish(),
  }),
);

const statsSchema = z.object({
  system: z.object({ comfyui_version: z.string().nullish() }),
  devices: z
    .array(z.looseObject({ type: z.string().nullish(), vram_total: z.number().nullish() }))
    .default([]),
});

/** What a server tells of itself. */
export interface ComfyuiSystem {
  /** `null` where it is too old to say. */
  readonly version: string | null;
  /** Memory of its largest card, in bytes; `null` where it tells of none. */
  readonly cardBytes: number | null;
}

/** A class of nodes, as the server has it. */
export interface ComfyuiNode {
  /** Whether it is one that a workflow may end in; `null` where the server does not say. */
  readonly isOutput: boolean | null;
  /** Inputs that it does not run without. */
  readonly required: readonly string[];
  /** By input: what may be chosen there. */
  readonly choices: ReadonlyMap<string, readonly string[]>;
}

/** Where a picture lies on the server. */
export type ComfyuiPicture = z.infer<typeof pictureSchema>;

/** What became of a prompt. */
export type Outcome =
  | { readonly state: "waiting" | "running" | "unknown" | "interrupted" }
  | { readonly state: "done"; readonly picture: ComfyuiPicture };

/** The routes of ComfyUI that painting needs (https://github.com/comfyanonymous/ComfyUI, `server.py`). */
export interface ComfyuiApi extends Disposable {
  /**
   * Uploads a PNG into the folder that ComfyUI empties at its start, in place of what has the same name there; gives the
   * name that nodes take.
   */
  upload(name: string, png: Uint8Array, signal?: AbortSignal): Promise<string>;
  system(signal?: AbortSignal): Promise<ComfyuiSystem>;
  /** A class of nodes; `null` where it has none of that name. */
  node(nodeClass: string, signal?: AbortSignal): Promise<ComfyuiNode | null>;
  /** Names of all checkpoints. */
  checkpoints(signal?: AbortSignal): Promise<readonly string[]>;
  /** Queues a workflow under an id of ours; gives its prompt's id, which older versions choose themselves. */
  queue(prompt: unknown, ids: { readonly client: string; readonly prompt: string }): Promise<string>;
  /** @throws EditError `inpainter-refused`, `out-of-memory` where the workflow failed or gave no picture */
  outcomeOf(promptId: string, signal?: AbortSignal): Promise<Outcome>;
  view(picture: ComfyuiPicture, signal?: AbortSignal): Promise<Uint8Array>;
  /** Takes a prompt out of the queue, or interrupts it where it runs; says whether it was in either. */
  stop(promptId: string): Promise<boolean>;
}

/** @throws EditError of every route: `inpainter-unreachable`, `inpainter-refused`, `cancelled` */
export function openComfyuiApi(server: RemoteServer, patience: RemotePatience): ComfyuiApi {
  const client = createRemoteClient(server, {
    access: "Set LRBOT_COMFYUI_TOKEN to what the proxy before it asks for.",
    absent: "Is it the address of a ComfyUI server?",
  });
  const milliseconds = patience.answer;
  const stateIn = async (promptId: string, signal?: AbortSignal) => {
    const { queue_running, queue_pending } = await client.json("/queue", queueSchema, {
      milliseconds: patience.look,
      signal,
    });
    const has = (items: z.infer<typeof itemsSchema>) => items.some((item) => item[1] === promptId);
    return has(queue_running) ? "running" : has(queue_pending) ? "waiting" : "unknown";
  };
  const finished = async (promptId: string, signal?: AbortSignal): Promise<Outcome | null> => {
    const path = `/history/${encodeURIComponent(promptId)}`;
    const look = { milliseconds: patience.look, signal };
    const entry = (await client.json(path, historySchema, look))[promptId];
    return entry === undefined ? null : outcomeIn(server, entry);
  };
  const node = async (nodeClass: string, signal?: AbortSignal): Promise<ComfyuiNode | null> => {
    const path = `/object_info/${encodeURIComponent(nodeClass)}`;
    const found = (await client.json(path, nodesSchema, { milliseconds, signal }))[nodeClass];
    if (!found) return null;
    const inputs = Object.entries({ ...found.input?.required, ...found.input?.optional });
    const choices = inputs.flatMap(([name, names]) => (names ? [[name, names] as const] : []));
    const required = Object.keys(found.input?.required ?? {});
    return { isOutput: found.output_node ?? null, required, choices: new Map(choices) };
  };

  return {
    async upload(file, png, signal) {
      const body = uploadBody(file, png);
      const { name, subfolder, type } = await client.json("/upload/image", uploadSchema, {
        body,
        milliseconds,
        signal,
      });
      return `${subfolder ? `${subfolder}/` : ""}${name}${type && type !== "input" ? ` [${type}]` : ""}`;
    },
    async system(signal) {
      const { system, devices } = await client.json("/system_stats", statsSchema, { milliseconds, signal });
      // A processor tells the machine's own memory there.
      const cards = devices.flatMap(({ type, vram_total: bytes }) =>
        bytes && type !== "cpu" ? [bytes] : [],
      );
      return {
        version: system.comfyui_version ?? null,
        cardBytes: cards.length > 0 ? Math.max(...cards) : null,
      };
    },
    node,
    async checkpoints(signal) {
      const names = (await node("CheckpointLoaderSimple", signal))?.choices.get("ckpt_name");
      if (names) return names;
      throw refused(
        `Expected ${server.name} at ${server.url} to list its checkpoints, got none. Is a ComfyUI at that address?`,
      );
    },
    async queue(prompt, ids) {
      const body = jsonBody({ prompt, client_id: ids.client, prompt_id: ids.prompt });
      return (await client.json("/prompt", promptSchema, { body, milliseconds })).prompt_id;
    },
    async outcomeOf(promptId, signal) {
      const before = await finished(promptId, signal);
      if (before) return before;
      const state = await stateIn(promptId, signal);
      if (state !== "unknown") return { state };
      // It may have finished between the two questions.
      return (await finished(promptId, signal)) ?? { state };
    },
    view({ filename, subfolder, type }, signal) {
      return client.bytes(`/view?${new URLSearchParams({ filename, subfolder, type })}`, {
        milliseconds,
        signal,
      });
    },
    async stop(promptId) {
      const state = await stateIn(promptId);
      const body = jsonBody({ delete: [promptId] });
      if (state === "waiting") await client.bytes("/queue", { body, milliseconds });
      // Versions that know of it interrupt that prompt alone; for others the look before has to do.
      const which = jsonBody({ prompt_id: promptId });
      if (state === "running") await client.bytes("/interrupt", { body: which, milliseconds });
      return state !== "unknown";
    },
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}

function uploadBody(name: string, png: Uint8Array) {
  const boundary = `lrbot-${randomUUID()}`;
  const field = (key: string, value: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`;
  const file = `--${boundary}\r\nContent-Disposition: form-data; name="image"; filename="${name}"\r\nContent-Type: image/png\r\n\r\n`;
  const bytes = Buffer.concat([
    Buffer.from(field("type", "temp") + field("overwrite", "true") + file),
    png,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return { type: `multipart/form-data; boundary=${boundary}`, bytes };
}

function outcomeIn(server: RemoteServer, { outputs, status }: z.infer<typeof entrySchema>): Outcome {
  const messages = new Map(status?.messages ?? []);
  if (messages.has("execution_interrupted")) return { state: "interrupted" };
  const failure = messages.get("execution_error");
  if (failure || status?.status_str === "error") {
    const { exception_type: type, exception_message: message, node_type: node } = failure ?? {};
    const reason = [type, message].filter((part) => typeof part === "string").join(": ");
    throw paintingFailure(server, `${reason.trim() || "an error"}${node ? ` in ${node}` : ""}`);
  }
  const pictures = Object.values(outputs).flatMap(({ images = [] }) => images);
  const [picture] = pictures;
  if (pictures.length === 1 && picture) return { state: "done", picture };
  throw refused(
    `Expected one picture from the workflow at ${server.name}, ${server.url}, got ${pictures.length}. It needs one PreviewImage or SaveImage.`,
  );
}
