import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { openPack } from "../packs/open.ts";
import { type Finding, reinstall } from "./commands/doctor.ts";

// The process in which `lrbot doctor` loads what is native or large: arguments are the pack, the devices and the
// folders of packs. Prints one finding a line. Each part is imported on its own, so that one that is broken hides no other.

const cuda =
  "npm run setup:cuda, CUDA 12 and cuDNN 9, see docs/operating.md; until then edits run on the CPU";
const [pack = "mini", devices = "", ...roots] = process.argv.slice(2);

await report("sharp", async () => {
  const { readPicture, writeResultPng } = await import("../pipeline/image/image.ts");
  const { pictureSupport } = await import("../pipeline/image/sharp.ts");
  const folder = await mkdtemp(join(tmpdir(), "lrbot-doctor-"));
  try {
    const file = join(folder, "picture.png");
    await writeResultPng(file, { width: 32, height: 32, rgb: new Uint8Array(32 * 32 * 3), alpha: null });
    await readPicture(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const { version, formats } = pictureSupport();
  return `Version ${version} writes and reads a picture; formats: ${formats.join(", ")}.`;
});

await report("tensorflow", async () => {
  const { loadBackend } = await import("../pipeline/regions/learning/backend.ts");
  const { name, passedOver } = await loadBackend();
  const others = passedOver.map((other) => other.name).join(" and ");
  return `Regions are learned on the ${name} backend${others ? `; ${others} did not load, and is not needed` : ""}.`;
});

await report("onnxruntime", async () => {
  const { loadModels } = await import("../pipeline/models.ts");
  const start = performance.now();
  await using models = await loadModels(await openPack(pack, { roots }), { device: "cpu" });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  return `All networks of ${models.pack.manifest.name} load in ${seconds} s on ${availableParallelism()} CPU cores, ${megabytes} MB at the peak.`;
});

for (const device of devices.split(",").filter((name) => /^(cuda|webgpu)/.test(name))) {
  const mend = device === "webgpu" ? "LRBOT_DEVICES=cpu, or a driver for Vulkan, Metal or Direct3D 12" : cuda;
  await report(`device ${device}`, async () => tryDevice(device), mend);
}

/** The pack's networks may be gigabytes: the device is only asked whether it is there. */
async function tryDevice(device: string): Promise<string> {
  const { openRuntime } = await import("../pipeline/nets/runtime.ts");
  await using runtime = await openRuntime({ device });
  return `ONNX Runtime runs on it, in ${runtime.target.floats}.`;
}

async function report(check: string, work: () => Promise<string>, mend = reinstall): Promise<void> {
  const finding = await work().then(
    (says): Finding => ({ check, state: "ok", says, mend: null }),
    (error: unknown): Finding => ({
      check,
      state: "broken",
      says: error instanceof Error ? `${error.message}${causeOf(error)}` : String(error),
      mend,
    }),
  );
  console.log(JSON.stringify(finding));
}

function causeOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? ` ${error.cause.message}` : "";
}
