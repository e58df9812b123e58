import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { openPack } from "../packs/open.ts";
import { type Finding, reinstall } from "./doctor.ts";

// The process in which `lrbot doctor` loads what is native or large: arguments are the pack and the folders of
// packs. Prints one finding a line. Each part is imported on its own, so that one that is broken hides no other.

const [pack = "mini", ...roots] = process.argv.slice(2);

await report("sharp", async () => {
  const { readPicture, writeResultPng, pictureSupport } = await import("../pipeline/image.ts");
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
  const { loadBackend } = await import("../pipeline/regions/backend.ts");
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

async function report(check: string, work: () => Promise<string>): Promise<void> {
  const finding = await work().then(
    (says): Finding => ({ check, state: "ok", says, mend: null }),
    (error: unknown): Finding => ({ check, state: "broken", says: String(error), mend: reinstall }),
  );
  console.log(JSON.stringify(finding));
}
