import { type ChildProcessByStdio, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** PyTorch in a process of its own, with one network loaded and warm. Disposing of it ends the process. */
export interface Torch extends AsyncDisposable {
  readonly version: string;
  /** The memory format that was faster here: `contiguous` or `channels_last`. */
  readonly format: string;
  /** Seconds of each of `count` runs. */
  run(count: number): Promise<number[]>;
  /** What it computed from the inputs. */
  output(name: string): Float32Array;
}

export interface TorchOptions {
  /** A function of torch_networks.py. */
  readonly network: string;
  /** Files of `.safetensors`. */
  readonly weights: string;
  readonly inputs: string;
  /** Where the outputs are written. */
  readonly folder: string;
  readonly threads: number;
}

/** Why this machine has nothing to compare with; `null` where `python3` finds PyTorch. */
export async function whyNoTorch(): Promise<string | null> {
  const child = spawn("python3", ["-c", "import torch"], { stdio: "ignore" });
  const status = await new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("exit", resolve);
  });
  if (status === null) return "there is no python3 on the path";
  return status === 0 ? null : "python3 has no PyTorch (pip install torch)";
}

/** @throws Error where Python fails; it has said why on standard error. */
export async function startTorch({
  network,
  weights,
  inputs,
  folder,
  threads,
}: TorchOptions): Promise<Torch> {
  const script = join(import.meta.dirname, "nets_torch.py");
  const words = [script, network, weights, inputs, folder, String(threads)];
  const child = spawn("python3", words, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { version, format } = (await reply(lines)) as { version: string; format: string };
  return {
    version,
    format,
    async run(count) {
      child.stdin.write(`${count}\n`);
      return (await reply(lines)) as number[];
    },
    output(name) {
      const bytes = readFileSync(join(folder, `${name}.f32`));
      return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    },
    [Symbol.asyncDispose]: () => end(child),
  };
}

async function reply(lines: AsyncIterator<string>): Promise<unknown> {
  const { value, done } = await lines.next();
  if (done) throw new Error("Expected a line of nets_torch.py, got its end.");
  return JSON.parse(value);
}

function end(child: ChildProcessByStdio<Writable, Readable, null>): Promise<void> {
  if (child.exitCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.stdin.end();
  });
}
