import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Bytes that a process may still take on a device, `null` where nobody can say: WebGPU, or a driver without its tool. */
export async function freeBytesOn(device: string): Promise<number | null> {
  if (device === "cpu") return process.availableMemory();
  const [kind, index = "0"] = device.split(":");
  return kind === "cuda" ? freeOnGpu(index) : null;
}

const megabyte = 2 ** 20;

async function freeOnGpu(index: string): Promise<number | null> {
  const words = ["--query-gpu=memory.free", "--format=csv,noheader,nounits", `--id=${index}`];
  const found = await promisify(execFile)("nvidia-smi", words, { timeout: 3000 }).catch(() => null);
  return readFreeMegabytes(found?.stdout ?? "");
}

/** What `nvidia-smi` prints of one GPU, in bytes. */
export function readFreeMegabytes(text: string): number | null {
  return /^\d+$/.test(text.trim()) ? Number(text.trim()) * megabyte : null;
}
