import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { join } from "node:path";
import { findGpus, type Gpus } from "../../devices.ts";
import type { Finding } from "./finding.ts";

/** Node, memory, the data folder and the GPUs: what is seen without loading anything. */
export function machineFindings(dataFolder: string): Finding[] {
  return [nodeFinding(), memoryFinding(), dataFinding(dataFolder), gpuFinding(findGpus())];
}

function nodeFinding(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const works = major > 20 || (major === 20 && minor >= 19);
  return {
    check: "node",
    state: works ? "ok" : "broken",
    says: `Node ${process.versions.node} on ${process.platform} ${process.arch}.`,
    mend: works ? null : "install Node 20.19 or later from https://nodejs.org",
  };
}

/** What one edit on the embedded pack takes at its peak, main process and worker, with room to spare. */
const neededBytes = 1e9;

function memoryFinding(): Finding {
  const enough = totalmem() >= neededBytes;
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  return {
    check: "memory",
    state: enough ? "ok" : "note",
    says: `${gigabytes(totalmem())}, ${gigabytes(freemem())} of it free; the embedded pack takes less than ${gigabytes(neededBytes)}.`,
    mend: enough ? null : "close other programs, or add swap space",
  };
}

function dataFinding(folder: string): Finding {
  const check = "data folder";
  try {
    const made = mkdirSync(folder, { recursive: true });
    const file = join(folder, `.doctor-${process.pid}`);
    writeFileSync(file, "");
    rmSync(file);
    if (made !== undefined) rmSync(made, { recursive: true });
    return { check, state: "ok", says: `${folder} can be written.`, mend: null };
  } catch (error) {
    const mend = "set LRBOT_DATA in .env to a folder that can be written";
    return { check, state: "broken", says: `${folder} cannot be written: ${String(error)}.`, mend };
  }
}

/** What is installed; whether it also loads, `device` findings say. */
export function gpuFinding({ count, driver, hasProvider }: Gpus): Finding {
  const check = "gpu";
  if (driver === null || count === 0) {
    return { check, state: "ok", says: "No NVIDIA GPU; networks run on the CPU.", mend: null };
  }
  const found = `${driver}, ${count} GPU${count === 1 ? "" : "s"}`;
  return hasProvider
    ? { check, state: "ok", says: `${found}, with ONNX Runtime's CUDA library.`, mend: null }
    : {
        check,
        state: "note",
        says: `${found}, without ONNX Runtime's CUDA library.`,
        mend: "npm run setup:cuda",
      };
}
