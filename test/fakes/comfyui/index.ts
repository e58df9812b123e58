import {
  type Answer,
  createLoopback,
  json,
  type Loopback,
  type SeenRequest,
} from "../painting-server/loopback.ts";
import { type Input, type ModelFolder, type NodeClass, nodeClasses } from "./nodes.ts";
import { createQueue, type Prompt } from "./queue.ts";
import { createSockets } from "./sockets.ts";
import { type Graph, validate } from "./validate.ts";

/** A ComfyUI on loopback: its interface as far as painting needs it, and nodes that really paint. */
export interface FakeComfyui extends Loopback {
  /** Prompts that were painted to their end. */
  readonly painted: Prompt[];
  readonly running: Prompt | null;
  readonly pending: readonly Prompt[];
  /** How often it was told to interrupt, and which prompt. */
  readonly interrupts: readonly (string | null)[];
  /** Ids of the clients that listen to events. */
  readonly listeners: readonly string[];
  /** Names of the files that were uploaded, as nodes take them. */
  readonly uploads: readonly string[];
  readonly settings: ComfyuiSettings;
  /** Puts a workflow of somebody else into the queue. */
  enqueue(graph: Graph): Prompt;
  /** Interrupts as somebody at its page would. */
  interrupt(): void;
  dropSockets(): void;
  /** Somebody empties the folder of temporary pictures. */
  emptyTemp(): void;
}

export interface ComfyuiSettings {
  /** What a proxy before it asks for as a bearer token. Default `null`: there is none. */
  token: string | null;
  checkpoints: string[];
  /** Files of its other folders of models. Default none. */
  models: Partial<Record<Exclude<ModelFolder, "checkpoints">, readonly string[]>>;
  /** Classes of nodes that it does not have, as an older version. Default none. */
  lacks: readonly string[];
  /** Memory of its card, in bytes. Default `null`: it has none. */
  cardBytes: number | null;
  /** Of one sampling step. Default 0. */
  stepMilliseconds: number;
  /** Called before each step with its number, from 1. */
  onStep: (step: number) => void | Promise<void>;
  /** What goes wrong in nodes of a class, as Python would say it. Default `null`. */
  failure: { readonly in: string; readonly type: string; readonly message: string } | null;
  /** Sends pictures between the news. Default true. */
  sendsPreviews: boolean;
  /** All nodes tell lists of choices as newer ones do. Default false: each as it does. */
  tellsCombo: boolean;
  /** Decodes to black, as an autoencoder that overflows. Default false. */
  isBlack: boolean;
  /** Takes the client's id for a prompt, as newer versions do. Default true. */
  takesIds: boolean;
  /** Answers what it has run before from memory, as ComfyUI does. Default false: each prompt is painted. */
  remembers: boolean;
}

export async function createFakeComfyui(changes: Partial<ComfyuiSettings> = {}): Promise<FakeComfyui> {
  const settings: ComfyuiSettings = {
    token: null,
    checkpoints: ["dreams.safetensors", "sd-v1-5-inpainting.safetensors"],
    models: {},
    lacks: [],
    cardBytes: null,
    stepMilliseconds: 0,
    onStep: () => {},
    failure: null,
    sendsPreviews: true,
    tellsCombo: false,
    isBlack: false,
    takesIds: true,
    remembers: false,
    ...changes,
  };
  /** By folder and name. */
  const stored = new Map<string, Uint8Array>();
  const input = new Map<string, Uint8Array>();
  let kept = 0;
  const painted: Prompt[] = [];
  const interrupts: (string | null)[] = [];
  const files = {
    input,
    get models() {
      const { checkpoints, models } = settings;
      return {
        checkpoints,
        diffusion_models: [],
        text_encoders: [],
        vae: [],
        loras: [],
        upscale_models: [],
        ...models,
      };
    },
    get lacks() {
      return settings.lacks;
    },
    get isBlack() {
      return settings.isBlack;
    },
  };
  const isWelcome = (authorization: string | null | undefined) =>
    settings.token === null || authorization === `Bearer ${settings.token}`;
  const sockets = createSockets({
    isWelcome,
    status: () => ({ exec_info: { queue_remaining: queue.pending.length } }),
  });
  const queue = createQueue({
    settings,
    files,
    sockets: () => sockets,
    onDone: (prompt) => painted.push(prompt),
    keep(png, type) {
      const filename = `ComfyUI_${type}_${String(++kept).padStart(5, "0")}_.png`;
      stored.set(`${type}/${filename}`, png);
      return { filename, subfolder: "", type };
    },
  });

  async function upload({ body, type }: SeenRequest): Promise<Answer> {
    const headers = { "content-type": type ?? "" };
    const form = await new Response(body, { headers }).formData();
    const image = form.get("image");
    if (!(image instanceof File) || !image.name) return text(400);
    const folder = String(form.get("type") ?? "input");
    if (!["input", "temp", "output"].includes(folder)) return text(500, "500 Internal Server Error");
    input.set(
      folder === "input" ? image.name : `${image.name} [${folder}]`,
      new Uint8Array(await image.arrayBuffer()),
    );
    return json({ name: image.name, subfolder: "", type: folder });
  }

  function prompt({ body }: SeenRequest): Answer {
    const { prompt: graph, client_id: client, prompt_id: given } = JSON.parse(body.toString());
    if (graph === undefined) return json({ error: { type: "no_prompt" }, node_errors: {} }, 400);
    const { error, node_errors } = validate(graph, files);
    if (error) return json({ error, node_errors }, 400);
    const { id, number } = queue.add(graph, client ?? null, settings.takesIds ? given : undefined);
    return json({ prompt_id: id, number, node_errors });
  }

  function answer(request: SeenRequest, url: URL): Answer | Promise<Answer> {
    if (!isWelcome(request.authorization))
      return { status: 401, type: "text/html", body: "<html><h1>401 Authorization Required</h1></html>" };
    const [, name = "", rest = ""] = /^\/(upload\/image|[^/]*)(?:\/(.+))?$/.exec(url.pathname) ?? [];
    const route = routes[`${request.method} ${name}`];
    return route ? route(request, decodeURIComponent(rest), url) : text(404, "404: Not Found");
  }

  const routes: Readonly<
    Record<string, (request: SeenRequest, rest: string, url: URL) => Answer | Promise<Answer>>
  > = {
    "POST upload/image": upload,
    "POST prompt": prompt,
    "GET queue": () =>
      json({
        queue_running: [queue.running].flatMap((one) => (one ? [itemOf(one)] : [])),
        queue_pending: queue.pending.map(itemOf),
      }),
    "POST queue": ({ body }) => {
      for (const id of JSON.parse(body.toString()).delete ?? []) queue.remove(id);
      return text(200);
    },
    "POST interrupt": ({ body }) => {
      const { prompt_id: id = null } = body.length > 0 ? JSON.parse(body.toString()) : {};
      interrupts.push(id);
      queue.interrupt(id);
      return text(200);
    },
    "GET history": (_, id) => json(queue.history.has(id) ? { [id]: queue.history.get(id) } : {}),
    "GET system_stats": () => {
      const card = { name: "cuda:0", type: "cuda", index: 0, vram_total: settings.cardBytes, vram_free: 0 };
      const devices =
        settings.cardBytes === null ? [{ name: "cpu", type: "cpu", index: null, vram_total: 4e9 }] : [card];
      return json({ system: { os: "posix", comfyui_version: "0.3.50" }, devices });
    },
    "GET object_info": (_, name) => {
      const known = files.lacks.includes(name) ? undefined : nodeClasses[name];
      return json(known ? { [name]: infoOf(name, known) } : {});
    },
    "GET view": (_request, _rest, { searchParams }) => {
      const file = stored.get(`${searchParams.get("type") ?? "output"}/${searchParams.get("filename")}`);
      return file ? { status: 200, type: "image/png", body: file } : text(404);
    },
  };
  /** As `node_info` of `server.py` tells it. */
  const infoOf = (name: string, { required, optional = {}, returns, isOutput, isNew }: NodeClass) => {
    const told = (inputs: Readonly<Record<string, Input>>) =>
      Object.fromEntries(Object.entries(inputs).map(([key, one]) => [key, toldOf(one, isNew === true)]));
    return {
      input: {
        required: told(required),
        ...(Object.keys(optional).length > 0 ? { optional: told(optional) } : {}),
      },
      input_order: { required: Object.keys(required), optional: Object.keys(optional) },
      output: returns,
      output_is_list: returns.map(() => false),
      output_name: returns,
      name,
      display_name: name,
      output_node: isOutput === true,
    };
  };
  const toldOf = (one: Input, isNew: boolean) => {
    if (!("choices" in one)) {
      const { type, ...bounds } = one;
      return [type, bounds];
    }
    const choices = one.choices(files);
    return isNew || settings.tellsCombo ? ["COMBO", { options: choices, multiselect: false }] : [choices, {}];
  };

  const loopback = await createLoopback({
    answer,
    upgrade: sockets.upgrade,
    forget() {
      sockets.drop();
      queue.forget();
      // Both folders of temporary files are emptied at a start.
      for (const name of input.keys()) if (name.endsWith(" [temp]")) input.delete(name);
      for (const name of stored.keys()) if (name.startsWith("temp/")) stored.delete(name);
    },
  });
  return {
    ...loopback,
    painted,
    interrupts,
    settings,
    get running() {
      return queue.running;
    },
    get pending() {
      return queue.pending;
    },
    get listeners() {
      return sockets.clients;
    },
    get uploads() {
      return [...input.keys()];
    },
    enqueue: (graph) => queue.add(graph, null),
    interrupt: () => queue.interrupt(null),
    dropSockets: sockets.drop,
    emptyTemp() {
      for (const name of stored.keys()) if (name.startsWith("temp/")) stored.delete(name);
    },
  };
}

/** As the queue is told: number, id, workflow, extra data, outputs. */
function itemOf({ number, id, graph, client }: Prompt): unknown[] {
  return [number, id, graph, client ? { client_id: client } : {}, []];
}

function text(status: number, body = ""): Answer {
  return { status, type: "text/plain", body };
}
