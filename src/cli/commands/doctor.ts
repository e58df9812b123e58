import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import type { Config } from "../../config.ts";
import { findGpus, type Gpus } from "../../devices.ts";
import { EditError } from "../../errors.ts";
import { openPack } from "../../packs/open.ts";
import { verifyPack } from "../../packs/verify.ts";
import { checkSafetyModel } from "../../pipeline/steps/safety-model.ts";
import { runChild } from "../child.ts";
import type { CommandContext } from "../context.ts";
import { serverFindings } from "../doctor-servers.ts";
import { tableOf } from "../table.ts";

/** `note` is worth knowing and stops nothing. */
export const findingSchema = z.strictObject({
  check: z.string(),
  state: z.enum(["ok", "note", "broken"]),
  says: z.string(),
  /** The one command, or step, that mends it. */
  mend: z.string().nullable(),
});
export type Finding = z.infer<typeof findingSchema>;

/** `lrbot doctor`: what works on this machine, what does not, and what mends it. */
export function addDoctor(program: Command, context: CommandContext): void {
  program
    .command("doctor")
    .summary("say what works on this machine, and what mends what does not")
    .description(
      "Checks Node, memory, the data folder, the GPU, the model pack, the servers that paint and the native parts, and " +
        "names the one step that mends what is broken. Exit status 1 when something that an edit needs is broken.",
    )
    .helpOption("-h, --help", "say this")
    .option("--json", "print a JSON array")
    .addHelpText("after", "\nExample:\n  $ lrbot doctor")
    .action((options: { json?: true }) => runDoctor(options.json === true, context));
}

async function runDoctor(json: boolean, context: CommandContext): Promise<void> {
  const { terminal, interrupt } = context;
  const config = context.config();
  const findings = [nodeFinding(), memoryFinding(), dataFinding(config.dataFolder), gpuFinding(findGpus())];
  findings.push(await packFinding(config, interrupt.signal));
  if (config.safetyModel !== null) findings.push(await safetyFinding(config.safetyModel));
  findings.push(...(await serverFindings(config.inpainters, interrupt.signal)));
  findings.push(...(await probeFindings(context)));
  context.setStatus(findings.some(({ state }) => state === "broken") ? 1 : 0);
  if (json) return terminal.out(JSON.stringify(findings, null, 2));
  terminal.out(
    tableOf(
      ["check", "state", "what was found"],
      findings.map(({ check, state, says, mend }) => [
        check,
        state,
        mend ? `${says} Mend it: ${mend}` : says,
      ]),
    ),
  );
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

async function packFinding({ pack, packRoots }: Config, signal: AbortSignal): Promise<Finding> {
  const check = `pack ${pack}`;
  try {
    const opened = await openPack(pack, { roots: packRoots });
    const files = await verifyPack(opened, { signal });
    const unknown = files.filter(({ state }) => state === "unknown").length;
    const rest = unknown === 0 ? "" : `, ${unknown} have none recorded`;
    const says = `${files.length - unknown} of ${files.length} files match their sha256${rest}.`;
    return { check, state: "ok", says, mend: null };
  } catch (error) {
    if (!(error instanceof EditError) || error.code === "cancelled") throw error;
    const mend = error.code === "pack-missing" ? "unset LRBOT_PACK" : "git checkout -- models";
    return { check, state: "broken", says: error.message, mend };
  }
}

/** The weights themselves are looked at when the first job is checked. */
async function safetyFinding(folder: string): Promise<Finding> {
  const check = "safety model";
  try {
    await checkSafetyModel(folder);
    return { check, state: "ok", says: `${folder} has its files and labels.`, mend: null };
  } catch (error) {
    if (!(error instanceof EditError)) throw error;
    return {
      check,
      state: "broken",
      says: error.message,
      mend: "put its files there as docs/safety.md says, or unset LRBOT_SAFETY_MODEL",
    };
  }
}

/** Loads what is native or large in a process of its own, whose crash would be a finding too. */
async function probeFindings(context: CommandContext): Promise<Finding[]> {
  const { packRoots, pack, lanes, workerEnvironment } = context.config();
  const { status, output } = await runChild({
    file: "doctor-probe.js",
    words: [pack, lanes.join(), ...packRoots],
    environment: workerEnvironment,
    interrupt: context.interrupt,
    output: "collect",
  });
  const lines = output.split("\n").filter((line) => line.startsWith("{"));
  const findings = lines.map((line) => findingSchema.parse(JSON.parse(line)));
  if (status === 0) return findings;
  const says = `The check of native parts ended with status ${status}.`;
  return [...findings, { check: "native parts", state: "broken", says, mend: reinstall }];
}

/** Brings every native part back. */
export const reinstall = "npm ci";
