import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The NVIDIA GPUs of this machine, and whether ONNX Runtime could reach them. */
export interface Gpus {
  readonly count: number;
  /** The driver's own words; `null` where there is none. */
  readonly driver: string | null;
  /** ONNX Runtime's CUDA library is installed: `npm run setup:cuda`. Whether CUDA itself is there shows when it is loaded. */
  readonly hasProvider: boolean;
}

/** Looks at Linux's `/proc`, and loads nothing: ONNX Runtime on Node.js knows CUDA on Linux alone. */
export function findGpus(folder = "/proc/driver/nvidia", provider = cudaProvider()): Gpus {
  const version = join(folder, "version");
  const gpus = join(folder, "gpus");
  return {
    count: existsSync(gpus) ? readdirSync(gpus).length : 0,
    driver: existsSync(version) ? firstLine(readFileSync(version, "utf8")) : null,
    hasProvider: existsSync(provider),
  };
}

function firstLine(text: string): string {
  return (text.split("\n")[0] ?? "").replace(/\s+/g, " ").trim();
}

function cudaProvider(): string {
  const library = createRequire(import.meta.url).resolve("onnxruntime-node/package.json");
  const place = `bin/napi-v6/${process.platform}/${process.arch}/libonnxruntime_providers_cuda.so`;
  return join(dirname(library), place);
}

/**
 * One device for each lane: `simulated:8` is `simulated:0` to `simulated:7`, `cuda` the first GPU, `auto` every GPU that
 * ONNX Runtime could reach, or else the CPU, `none` is none. Others are themselves.
 */
export function expandDevices(devices: readonly string[], gpus: Gpus): string[] {
  return devices.flatMap((device) => {
    const [kind = "", count] = device.split(":");
    if (kind === "simulated") return numbered(kind, Number(count));
    if (device === "none") return [];
    if (device === "cuda") return "cuda:0";
    if (device !== "auto") return device;
    return gpus.hasProvider && gpus.count > 0 ? numbered("cuda", gpus.count) : "cpu";
  });
}

function numbered(kind: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${kind}:${index}`);
}
