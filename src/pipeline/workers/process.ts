import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setPriority } from "node:os";
import { join } from "node:path";
import { packageFolder } from "../../package-folder.ts";

/** Where the operator reads what a person must not: stacks, and what native code prints. */
export type WorkerLog = (level: "debug" | "error", text: string) => void;

export interface ProcessOptions {
  /** Its environment, whole. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: WorkerLog;
  /**
   * How far it steps back where processors are short, 0 to 19 as `nice` has it. Default 0. A bot's processes that compute step
   * back, so that whoever asks is answered while every lane is at work.
   */
  readonly niceness?: number;
}

/** A process that ends without waiting for its children takes them with it: a busy one would not notice for a while. */
const living = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of living) child.kill("SIGKILL");
});

/**
 * Forks a child process from a compiled file of this folder, such as `edits/entry.js`, whether this file runs from `dist/`
 * or from `src/` in a test. What it prints goes to the log. It does not outlive an orderly end of this process.
 */
export function startProcess(
  file: string,
  arguments_: readonly string[],
  { environment, log, niceness = 0 }: ProcessOptions,
): ChildProcess {
  const child = fork(join(compiledFolder, file), [...arguments_], {
    env: { ...environment },
    execArgv: [],
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  living.add(child);
  child.once("exit", () => living.delete(child));
  if (child.pid !== undefined && niceness > 0) stepBack(child.pid, niceness);
  let lastOutput = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      log("debug", text.trimEnd());
      lastOutput = (lastOutput + text).slice(-4000);
    });
  }
  child.once("close", (status, killedBy) => {
    if (status !== 0 && lastOutput)
      log("error", `worker ended with ${killedBy ?? status}, saying: ${lastOutput}`);
  });
  return child;
}

const compiledFolder = join(packageFolder, "dist", "pipeline", "workers");

function stepBack(pid: number, niceness: number): void {
  try {
    setPriority(pid, niceness);
  } catch {
    // It has ended already, or the system has no such thing.
  }
}

/** Ends a process at once where it is busy, or else by what `ask` tells it, with three seconds' grace. */
export async function endProcess(child: ChildProcess, busy: boolean, ask: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  if (busy) child.kill("SIGKILL");
  else ask();
  const overdue = setTimeout(() => child.kill("SIGKILL"), 3000);
  await ended;
  clearTimeout(overdue);
}
