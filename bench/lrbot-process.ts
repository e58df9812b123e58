import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { packageFolder } from "../src/package-folder.ts";
import { childOf, peakMegabytes } from "./peaks.ts";

export interface LrbotRun {
  readonly seconds: number;
  /** `null` where the machine has no /proc to read peaks from. */
  readonly mainMegabytes: number | null;
  readonly workerMegabytes: number | null;
}

/** As on the smallest machine that the product is made for. */
export const cores = Math.min(2, availableParallelism());

/**
 * The whole of `lrbot` with these words, on two cores, from the start of its process to its end.
 * @throws Error where it does not end in status 0; it has said why on standard error.
 */
export async function runLrbot(
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<LrbotRun> {
  const lrbot = [process.execPath, join(packageFolder, "bin", "lrbot.js"), ...words];
  const [program = "", ...rest] =
    availableParallelism() > cores ? ["taskset", "--cpu-list", `0-${cores - 1}`, ...lrbot] : lrbot;
  const env = { ...process.env, ...environment };
  const start = performance.now();
  const child = spawn(program, rest, { stdio: ["ignore", "ignore", "inherit"], env });
  const peaks: { main: number | null; worker: number | null } = { main: null, worker: null };
  const watch = setInterval(() => {
    peaks.main = peakMegabytes(child.pid) ?? peaks.main;
    peaks.worker = peakMegabytes(childOf(child.pid)) ?? peaks.worker;
  }, 50);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", resolve);
  });
  const seconds = (performance.now() - start) / 1000;
  clearInterval(watch);
  if (status !== 0) throw new Error(`Expected lrbot ${words[0]} to end in status 0, got ${status}.`);
  return { seconds, mainMegabytes: peaks.main, workerMegabytes: peaks.worker };
}
