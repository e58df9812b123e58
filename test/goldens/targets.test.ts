import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { boundOf, runGoldens } from "../../src/goldens/run.ts";
import { halvesOf } from "../../src/pipeline/nets/graph/half.ts";
import { type GraphTarget, openRuntime } from "../../src/pipeline/nets/runtime.ts";

const recorded = join(import.meta.dirname, "../fixtures/goldens");

describe("graphs for other devices than the CPU, run on it", () => {
  const inHalves: string[] = [];

  it.each<{ target: Partial<GraphTarget>; lines: string[] }>([
    { target: { dialect: "plain" }, lines: [] },
    { target: { floats: "float16" }, lines: inHalves },
  ])("reproduce all cases: $target", async ({ target, lines }) => {
    lines.length = 0;
    const summary = await runGoldens(recorded, { target, log: (line) => lines.push(line) });
    expect(lines.filter((line) => / (fail$|fail:)/.test(line))).toEqual([]);
    expect(summary).toMatchObject({ failed: 0, unsupported: 0 });
  });

  it("in 16-bit floats do compute in them", () => {
    const errors = inHalves
      .filter((line) => /^unet-sd15 .*sample/.test(line))
      .map((line) => Number(line.split(" ")[2]));
    expect(errors.length).toBeGreaterThan(0);
    expect(Math.min(...errors)).toBeGreaterThan(2e-4);
  });

  it("take 16-bit constants, rounded to the nearest", () => {
    const values = [0, -0, 1, -2, 65_504, 65_520, 1e-8, 2 ** -24, 2 ** -14, 1 / 3, 2049, 2051, Number.NaN];
    const bits = [0, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x7c00, 0, 1, 0x400, 0x3555, 0x6800, 0x6802, 0x7e00];
    expect([...halvesOf(values)]).toEqual(bits);
  });
});

describe("what an output may err by", () => {
  const on = (device: string, floats: "float32" | "float16", bound: number) =>
    boundOf({ device, target: { floats, dialect: "fused" } })(bound);

  it("is what the case says on the CPU, and more in 16 bits or on another device", () => {
    expect(on("cpu", "float32", 1e-3)).toBe(1e-3);
    expect(on("cpu", "float16", 1e-3)).toBe(0.02);
    expect(on("webgpu", "float32", 1e-3)).toBe(4e-3);
  });

  it("lets through what an H200 computed in true floats and in 16 bits, and not what it computed in TF32", () => {
    expect(on("cuda:0", "float32", 1e-3)).toBeGreaterThan(5.9e-3);
    expect(on("cuda:0", "float16", 1e-3)).toBeGreaterThan(2.7e-2);
    // dino's attentions and unet-sd15's sample
    for (const inTf32 of [9.6e-4, 1.6e-2]) expect(on("cuda:0", "float32", 1e-4)).toBeLessThan(inTf32);
  });
});

const reason = await noWebGpu();

describe(`WebGPU${reason ? ` (skipped: ${reason})` : ""}`, () => {
  // In a process of its own: whatever a driver does, the tests go on.
  it.skipIf(reason !== null)("reproduces all cases", { timeout: 900_000 }, () => {
    const lrbot = join(import.meta.dirname, "../../bin/lrbot.js");
    const words = [lrbot, "goldens", recorded, "--device", "webgpu"];
    const { status, stdout } = spawnSync(process.execPath, words, {
      encoding: "utf8",
      env: webGpuEnvironment(),
    });
    expect(stdout.split("\n").filter((line) => / (fail$|fail:)/.test(line))).toEqual([]);
    expect(status).toBe(0);
  });
});

/** A GPU, or Chromium's software one where that is installed and asked for. */
function webGpuEnvironment(): NodeJS.ProcessEnv {
  const software = "/usr/lib/chromium/vk_swiftshader_icd.json";
  const isAsked = process.env.LRBOT_TEST_WEBGPU === "software" && existsSync(software);
  return isAsked ? { ...process.env, VK_DRIVER_FILES: software, VK_ICD_FILENAMES: software } : process.env;
}

async function noWebGpu(): Promise<string | null> {
  if (process.env.LRBOT_TEST_WEBGPU === undefined) return "LRBOT_TEST_WEBGPU is not set";
  Object.assign(process.env, webGpuEnvironment());
  return openRuntime({ device: "webgpu" }).then(
    async (runtime) => {
      await runtime[Symbol.asyncDispose]();
      return null;
    },
    (error: unknown) => String(error),
  );
}
