import { execFile } from "node:child_process";
import { totalmem } from "node:os";
import { promisify } from "node:util";

/**
 * Bytes that a UNet's batch may take on a device, `null` where nobody can say. A CPU paints large frames no faster in
 * batches, and ONNX Runtime keeps what a batch took: there, it is the memory that small frames need to fill all cores.
 */
export async function batchBytesOn(device: string): Promise<number | null> {
  const free = await freeBytesOn(device);
  return device === "cpu" && free !== null ? Math.min(free, 768 * megabyte) : free;
}

const megabyte = 2 ** 20;

/** Bytes that a process may still take on a device, `null` where nobody can say: WebGPU, or a driver without its tool. */
async function freeBytesOn(device: string): Promise<number | null> {
  if (device === "cpu") return process.availableMemory();
  const [kind, index = "0"] = device.split(":");
  return kind === "cuda" ? freeOnGpu(index) : null;
}

/** All memory of a device, bytes; `null` where nobody can say: WebGPU, simulated ones, or a driver without its tool. */
export async function memoryOf(device: string): Promise<number | null> {
  const [kind, index = "0"] = device.split(":");
  if (kind === "cpu") return totalmem();
  return kind === "cuda" ? askOfGpu(index, "total") : null;
}

function freeOnGpu(index: string): Promise<number | null> {
  return askOfGpu(index, "free");
}

async function askOfGpu(index: string, what: "free" | "total"): Promise<number | null> {
  const words = [`--query-gpu=memory.${what}`, "--format=csv,noheader,nounits", `--id=${index}`];
  const found = await promisify(execFile)("nvidia-smi", words, { timeout: 3000 }).catch(() => null);
  return readFreeMegabytes(found?.stdout ?? "");
}

/** What `nvidia-smi` prints of one GPU, in bytes. */
export function readFreeMegabytes(text: string): number | null {
  return /^\d+$/.test(text.trim()) ? Number(text.trim()) * megabyte : null;
}
