import { createHash, randomUUID } from "node:crypto";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import type { ComfyuiSettings } from "./index.ts";
import type { Files, RunContext } from "./nodes.ts";
import type { Sockets } from "./sockets.ts";
import { classOf, type Graph, isLink } from "./validate.ts";

/** An entry of the queue. */
export interface Prompt {
  readonly number: number;
  readonly id: string;
  readonly graph: Graph;
  readonly client: string | null;
}

type Message = readonly [string, Readonly<Record<string, unknown>>];

/** Runs prompts one after the other, and keeps what became of them: `prompt_worker` and `PromptQueue` of ComfyUI. */
export interface Queue {
  readonly running: Prompt | null;
  readonly pending: readonly Prompt[];
  readonly history: ReadonlyMap<string, unknown>;
  /** Under the id that the client gave, or one of its own. */
  add(graph: Graph, client: string | null, id?: string): Prompt;
  remove(id: string): void;
  /** Interrupts what runs, if it is that prompt. */
  interrupt(id: string | null): void;
  /** As after a restart. */
  forget(): void;
}

const interruption = new Error("interrupted");

export function createQueue(options: {
  readonly settings: ComfyuiSettings;
  readonly files: Files;
  readonly keep: RunContext["keep"];
  readonly sockets: () => Sockets;
  readonly onDone: (prompt: Prompt) => void;
}): Queue {
  const { settings, files, keep, sockets, onDone } = options;
  const history = new Map<string, unknown>();
  const remembered = new Map<string, Record<string, unknown>>();
  let pending: Prompt[] = [];
  let running: { readonly prompt: Prompt; isInterrupted: boolean } | null = null;
  let number = 0;

  const tellStatus = () => sockets().send("status", { status: queue.status }, null);

  async function work(): Promise<void> {
    while (!running) {
      const next = pending.shift();
      if (!next) return;
      const own = { prompt: next, isInterrupted: false };
      running = own;
      tellStatus();
      const entry = await execute(next, () => own.isInterrupted);
      // Forgotten while it ran.
      if (running !== own) return;
      history.set(next.id, entry);
      running = null;
      if (entry.status.completed) onDone(next);
      tellStatus();
      if (next.client) sockets().send("executing", { node: null, prompt_id: next.id }, next.client);
    }
  }

  /** Inputs of all nodes, and what is in the files that they name: what ComfyUI goes by to run nothing twice. */
  function signatureOf(graph: Graph): string {
    const named = Object.values(graph).flatMap(({ inputs }) => Object.values(inputs ?? {}));
    const contents = named.flatMap((name) => {
      const bytes = files.input.get(String(name));
      return bytes ? [createHash("sha256").update(bytes).digest("hex")] : [];
    });
    return JSON.stringify([graph, contents]);
  }

  async function execute({ graph, id, client }: Prompt, isInterrupted: () => boolean) {
    const messages: Message[] = [];
    const send = (type: string, data: Readonly<Record<string, unknown>>) => {
      if (client) sockets().send(type, { ...data, prompt_id: id }, client);
    };
    const tell = (type: string, data: Readonly<Record<string, unknown>>) => {
      messages.push([type, { ...data, prompt_id: id, timestamp: Date.now() }]);
      send(type, data);
    };
    const outputs: Record<string, unknown> = {};
    const results = new Map<string, unknown>();
    let at = "";

    const resultOf = async (node: string): Promise<unknown> => {
      if (results.has(node)) return results.get(node);
      const inputs: Record<string, unknown> = {};
      for (const [name, value] of Object.entries(graph[node]?.inputs ?? {}))
        inputs[name] = isLink(value) ? ((await resultOf(value[0])) as unknown[])[value[1]] : value;
      if (isInterrupted()) throw interruption;
      at = node;
      send("executing", { node, display_node: node });
      if (settings.failure?.in === graph[node]?.class_type) throw settings.failure;
      const result = await classOf(graph, node)?.run(inputs, { files, keep, onStep });
      results.set(node, result);
      return result;
    };
    const onStep = async (value: number, max: number) => {
      await settings.onStep(value);
      await (settings.stepMilliseconds > 0 ? sleep(settings.stepMilliseconds) : nextTurn());
      if (isInterrupted()) throw interruption;
      send("progress", { value, max, node: at });
      if (client && settings.sendsPreviews) sockets().sendBytes(Buffer.from("\0\0\0\x01preview"), client);
    };

    tell("execution_start", {});
    const signature = settings.remembers ? signatureOf(graph) : "";
    const before = remembered.get(signature);
    tell("execution_cached", { nodes: before ? Object.keys(graph) : [] });
    try {
      if (before) Object.assign(outputs, before);
      for (const node of Object.keys(before ? {} : graph).filter((one) => classOf(graph, one)?.isOutput)) {
        outputs[node] = await resultOf(node);
        send("executed", { node, display_node: node, output: outputs[node] });
      }
      if (settings.remembers) remembered.set(signature, outputs);
      tell("execution_success", {});
    } catch (error) {
      const place = { node_id: at, node_type: graph[at]?.class_type, executed: [...results.keys()] };
      if (error === interruption) tell("execution_interrupted", place);
      else {
        const { type = "Exception", message } = error as { type?: string; message: string };
        tell("execution_error", {
          ...place,
          exception_message: `${message}\n`,
          exception_type: type,
          traceback: [],
          current_inputs: {},
          current_outputs: [],
        });
      }
    }
    const completed = messages.at(-1)?.[0] === "execution_success";
    return {
      prompt: [0, id, graph, { client_id: client }, []],
      outputs,
      status: { status_str: completed ? "success" : "error", completed, messages },
      meta: {},
    };
  }

  const queue = {
    get running() {
      return running?.prompt ?? null;
    },
    get pending() {
      return pending;
    },
    /** As `/prompt` and `status` tell it. */
    get status() {
      return { exec_info: { queue_remaining: pending.length + (running ? 1 : 0) } };
    },
    history,
    add(graph: Graph, client: string | null, id: string = randomUUID()) {
      const prompt = { number: number++, id, graph, client };
      pending.push(prompt);
      tellStatus();
      void nextTurn().then(work);
      return prompt;
    },
    remove(id: string) {
      pending = pending.filter((prompt) => prompt.id !== id);
      tellStatus();
    },
    interrupt(id: string | null) {
      if (running && (id === null || running.prompt.id === id)) running.isInterrupted = true;
    },
    forget() {
      if (running) running.isInterrupted = true;
      running = null;
      pending = [];
      history.clear();
      remembered.clear();
    },
  };
  return queue;
}
