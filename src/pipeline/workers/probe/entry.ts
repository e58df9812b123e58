import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { systemClocks } from "../../../clocks.ts";
import { EditError } from "../../../errors.ts";
import { openPack } from "../../../packs/open.ts";
import { serveParent } from "../serve-parent.ts";
import type { ProbeFinding, ProbeOrder } from "./protocol.ts";

// The child process that looks at what an edit needs, for `lrbot doctor`, for `lrbot packs` and at the bot's start: what is
// native, or large. Each part is imported on its own, so that one that is broken hides no other.

serveParent<ProbeOrder, ProbeFinding, null>(async (order, { tell }) => {
  if (order.kind === "networks") {
    const { checkConfigurations, checkPack } = await import("../../check-pack.ts");
    await (order.isWhole ? checkPack(order.pack) : checkConfigurations(order.pack));
  } else if (order.kind === "room") {
    const { requireFits } = await import("../../card-memory.ts");
    await requireFits(order.pack, order.device);
  } else if (order.kind === "safety-model") {
    const { checkSafetyModel } = await import("../../steps/safety-model.ts");
    await checkSafetyModel(order.folder);
  } else if (order.kind === "signing") {
    const { checkSigner } = await import("../../marks/c2pa/sign.ts");
    const { encodeRgbPng } = await import("../../image/image.ts");
    const picture = { width: 32, height: 32, rgb: new Uint8Array(32 * 32 * 3) };
    await checkSigner(order.files, await encodeRgbPng(picture));
  } else if (order.kind === "learned-network") {
    const { readLearnedNetwork } = await import("../../regions/prior/network-file.ts");
    await readLearnedNetwork(order.file, order.made);
  } else {
    await probeNativeParts(order, tell);
  }
  return null;
});

async function probeNativeParts(
  { pack, roots, devices }: ProbeOrder & { kind: "native-parts" },
  tell: (finding: ProbeFinding) => void,
): Promise<void> {
  tell(await findingOf("sharp", tryPictures));
  tell(await findingOf("tensorflow", tryLearning));
  const runtime = await findingOf("onnxruntime", tryRuntime);
  tell(runtime);
  if (runtime.isOk) tell(await findingOf(`networks of ${pack}`, () => tryNetworks(pack, roots)));
  for (const device of devices.filter((name) => /^(cuda|webgpu)/.test(name)))
    tell(await findingOf(`device ${device}`, () => tryDevice(device, { pack, roots })));
}

async function tryPictures(): Promise<string> {
  const { readPicture, writeResultPng } = await import("../../image/image.ts");
  const { marksOfResult, noMarks, resultXmp } = await import("../../image/xmp.ts");
  const { pictureSupport } = await import("../../image/sharp.ts");
  const folder = await mkdtemp(join(tmpdir(), "lrbot-doctor-"));
  try {
    const file = join(folder, "picture.png");
    const picture = { width: 32, height: 32, rgb: new Uint8Array(32 * 32 * 3), alpha: null };
    await writeResultPng(file, picture, { xmp: resultXmp(marksOfResult(noMarks)), seal: null });
    await readPicture(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  const { version, formats } = pictureSupport();
  return `Version ${version} writes and reads a picture; formats: ${formats.join(", ")}.`;
}

async function tryLearning(): Promise<string> {
  const { loadBackend } = await import("../../regions/learning/backend.ts");
  const { name, passedOver } = await loadBackend();
  const others = passedOver.map((other) => other.name).join(" and ");
  return `Regions are learned on the ${name} backend${others ? `; ${others} did not load, and is not needed` : ""}.`;
}

/** Apart from the pack: what is wrong with its networks is no fault of what runs them. */
async function tryRuntime(): Promise<string> {
  const { probeDevice } = await import("../../nets/runtime.ts");
  await probeDevice("cpu");
  return "It builds a graph on the CPU.";
}

async function tryNetworks(pack: string, roots: readonly string[]): Promise<string> {
  const { loadModelsOn } = await import("../../models.ts");
  const { openRuntime } = await import("../../nets/runtime.ts");
  const { monotonic } = systemClocks;
  const start = monotonic();
  const found = await openPack(pack, { roots });
  const paints = found.manifest.inpainter !== "remote";
  await using models = await loadModelsOn(openRuntime({ device: "cpu" }), found, { paints });
  const seconds = ((monotonic() - start) / 1000).toFixed(1);
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  return `All networks of ${models.pack.manifest.name} load in ${seconds} s on ${availableParallelism()} CPU cores, ${megabytes} MB at the peak.`;
}

/** The pack's networks may be gigabytes: the device is only asked whether it is there, and whether they fit it. */
async function tryDevice(
  device: string,
  { pack, roots }: { readonly pack: string; readonly roots: readonly string[] },
): Promise<string> {
  const { openRuntime } = await import("../../nets/runtime.ts");
  const { requireFits } = await import("../../card-memory.ts");
  await using runtime = await openRuntime({ device });
  // A pack that is not there has a finding of its own.
  const found = await openPack(pack, { roots }).catch(() => null);
  if (found) await requireFits(found, device);
  return `ONNX Runtime runs on it, in ${runtime.target.floats}.`;
}

async function findingOf(check: string, attempt: () => Promise<string>): Promise<ProbeFinding> {
  try {
    return { check, isOk: true, code: null, says: await attempt() };
  } catch (error) {
    return {
      check,
      isOk: false,
      code: error instanceof EditError ? error.code : null,
      says: error instanceof Error ? `${error.message}${causeOf(error)}` : String(error),
    };
  }
}

function causeOf({ cause }: Error): string {
  return cause instanceof Error ? ` ${cause.message}` : "";
}
