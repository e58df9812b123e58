import { type ChildProcessByStdio, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** PyTorch in a process of its own, with one network loaded and warm. Disposing of it ends the process. */
export interface Torch extends AsyncDisposable {
  readonly form: TorchForm;
  readonly version: string;
  /** Finds the memory format that is faster here, `contiguous` or `channels_last`, and keeps to it. */
  choose(): Promise<string>;
  /** Seconds of each of `count` runs. */
  run(count: number): Promise<number[]>;
  /** What it computed from the inputs, once it has chosen. */
  output(name: string): Float32Array;
}

/** As PyTorch runs by itself, or after torch.compile. */
export type TorchForm = "eager" | "compiled";

export interface TorchOptions {
  /** A function of torch_networks.py. */
  readonly network: string;
  /** Files of `.safetensors`. */
  readonly weights: string;
  readonly inputs: string;
  /** Where the outputs are written. */
  readonly folder: string;
  readonly threads: number;
  /** `cpu`, or `cuda:N`, where it computes in 16-bit floats. */
  readonly device: string;
  readonly form: TorchForm;
  /** How long it may take to be warm, compiling included; for ever by default. */
  readonly answerSeconds?: number;
}

/** diffusers' inpainting pipeline in a process of its own. Disposing of it ends the process. */
export interface Diffusers extends AsyncDisposable {
  readonly version: string;
  /** The memory format that was faster here: `contiguous` or `channels_last`. */
  readonly format: string;
  paint(): Promise<{ readonly wall: number; readonly processor: number }>;
}

export interface DiffusersOptions {
  /** The pack's folder. */
  readonly pack: string;
  readonly threads: number;
  readonly steps: number;
  /** A memory format, or `auto`. */
  readonly format: string;
  /** As in `TorchOptions`. */
  readonly device?: string;
  readonly form?: TorchForm;
  readonly answerSeconds?: number;
}

/** Why this machine has nothing to compare with; `null` where `python3` finds these modules. */
export async function whyNoTorch(modules: readonly string[] = ["torch"]): Promise<string | null> {
  const child = spawn("python3", ["-c", `import ${modules.join(", ")}`], { stdio: "ignore" });
  const status = await new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("exit", resolve);
  });
  if (status === null) return "there is no python3 on the path";
  return status === 0 ? null : `python3 lacks one of these: ${modules.join(", ")}`;
}

/** @throws Error where Python fails or takes too long; it has said why on standard error. */
export async function startTorch(options: TorchOptions): Promise<Torch> {
  const { network, weights, inputs, folder, threads, device, form, answerSeconds } = options;
  const words = ["nets_torch.py", network, weights, inputs, folder, String(threads), device, form];
  const { about, ask, dispose } = await startPython(words, answerSeconds);
  return {
    form,
    version: about.version,
    choose: async () => (await ask("choose")) as string,
    run: async (count) => (await ask(String(count))) as number[],
    output(name) {
      const bytes = readFileSync(join(folder, `${name}.f32`));
      return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** @throws Error where Python fails or takes too long; it has said why on standard error. */
export async function startDiffusers(options: DiffusersOptions): Promise<Diffusers> {
  const { pack, threads, steps, format: asked, device = "cpu", form = "eager", answerSeconds } = options;
  const words = ["nets_edit_torch.py", pack, String(threads), String(steps), asked, device, form];
  const { about, ask, dispose } = await startPython(words, answerSeconds);
  const { version, format = asked } = about;
  return {
    version,
    format,
    paint: async () => (await ask("paint")) as { wall: number; processor: number },
    [Symbol.asyncDispose]: dispose,
  };
}

/** A script beside this file: what it says of itself, and a line of JSON for each line that it is asked. */
async function startPython([script = "", ...words]: readonly string[], answerSeconds?: number) {
  const child = spawn("python3", [join(import.meta.dirname, script), ...words], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ending = new Promise<string>((resolve) => {
    child.once("exit", (status, killedBy) => resolve(killedBy ?? `status ${status}`));
  });
  const ask = async (): Promise<unknown> => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`Expected a line of Python, got its end with ${await ending}.`);
    return JSON.parse(value);
  };
  return {
    about: (await inTime(ask(), child, answerSeconds)) as { version: string; format?: string },
    ask(line: string): Promise<unknown> {
      child.stdin.write(`${line}\n`);
      return ask();
    },
    dispose: () => end(child),
  };
}

/** Does not wait for the end of its output: processes that compile for Python hold that too, and may outlive it. */
async function inTime(
  answer: Promise<unknown>,
  child: ChildProcessByStdio<Writable, Readable, null>,
  answerSeconds: number | undefined,
): Promise<unknown> {
  if (answerSeconds === undefined) return answer;
  let overdue: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    overdue = setTimeout(() => {
      child.kill("SIGKILL");
      child.stdout.destroy();
      reject(new Error(`Expected Python to be ready in ${answerSeconds} s, which it was not.`));
    }, answerSeconds * 1000);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(overdue);
    // Where it was late, the end of its output is no other failure.
    answer.catch(() => undefined);
  }
}

function end(child: ChildProcessByStdio<Writable, Readable, null>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  const killing = setTimeout(() => child.kill("SIGKILL"), 5000);
  return new Promise((resolve) => {
    child.once("exit", () => {
      clearTimeout(killing);
      resolve();
    });
    child.stdin.end();
  });
}
