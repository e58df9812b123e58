import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { gpuFinding } from "../src/cli/doctor/machine.ts";
import { findGpus } from "../src/devices.ts";

const folder = mkdtempSync(join(tmpdir(), "lrbot-devices-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the GPUs of a machine", () => {
  it("are those of NVIDIA's driver, and need ONNX Runtime's library", () => {
    const driver = join(folder, "nvidia");
    for (const gpu of ["0000:17:00.0", "0000:65:00.0"])
      mkdirSync(join(driver, "gpus", gpu), { recursive: true });
    writeFileSync(join(driver, "version"), "NVRM version: NVIDIA UNIX  x86_64\nGCC version: 12\n");
    const library = join(folder, "cuda.so");
    const found = { count: 2, driver: "NVRM version: NVIDIA UNIX x86_64" };
    expect(findGpus(driver, library)).toEqual({ ...found, hasProvider: false });
    writeFileSync(library, "");
    expect(findGpus(driver, library)).toEqual({ ...found, hasProvider: true });
  });

  it("are none where there is no driver", () => {
    const nowhere = join(folder, "nowhere");
    expect(findGpus(nowhere, nowhere)).toEqual({ count: 0, driver: null, hasProvider: false });
  });

  it("are told by doctor with the command that is missing", () => {
    const gpus = { count: 1, driver: "a driver", hasProvider: false };
    expect(gpuFinding(gpus)).toMatchObject({ state: "note", mend: "npm run setup:cuda" });
    expect(gpuFinding({ ...gpus, hasProvider: true })).toMatchObject({ state: "ok", mend: null });
    expect(gpuFinding({ ...gpus, count: 0, driver: null })).toMatchObject({ state: "ok", mend: null });
  });
});
