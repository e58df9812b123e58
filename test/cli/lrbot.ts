import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EditResult } from "../../src/types.ts";

const root = join(import.meta.dirname, "..", "..");

/** A drawn scene that no network was trained on, 256 x 256. */
export const scene = join(root, "models", "mini", "eval", "s000.png");

/** The least work that still goes through every step of an edit. */
export const cheap = ["--anchors", "2", "--proposals", "3", "--budget", "4", "--steps", "2"];

/** The same, where nobody looks for masks. */
export const cheaper = [...cheap, "--mask", "box"];

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly pid: number;
  /** Waits until it answers an interrupt in its own way. */
  heedsInterrupts(): Promise<void>;
  /** Of the worker that it has forked; waits for it. */
  workerPid(): Promise<number>;
  /** Waits until standard error holds the text, or the process has ended. */
  said(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  readonly stderrSoFar: string;
  /** Stops reading standard output, as `head` does. */
  closeOutput(): void;
  readonly ended: Promise<Ended>;
}

export interface LrbotOptions {
  readonly folder: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Options of Node.js itself, such as `--cpu-prof`. */
  readonly node?: readonly string[];
  /** A command that starts it in its own place, by `exec`: it is given the command line as words. */
  readonly through?: readonly string[];
}

/**
 * Starts the real command line. The folder is the one it is in, its home and the temporary one too: whatever it
 * leaves behind anywhere is there to be seen.
 */
export function startLrbot(
  words: readonly string[],
  { folder, environment = {}, node = [], through = [] }: LrbotOptions,
): Running {
  const places = { HOME: folder, TMPDIR: folder, LRBOT_DATA: join(folder, "data") };
  const preload = ["--import", join(import.meta.dirname, "tell-heeding.mjs")];
  const lrbot = [process.execPath, ...preload, ...node, join(root, "bin", "lrbot.js"), ...words];
  const [command = "", ...rest] = [...through, ...lrbot];
  const child = spawn(command, rest, {
    cwd: folder,
    env: { PATH: process.env.PATH ?? "", LRBOT_WEB: "off", ...places, ...environment },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let heeds = false;
  child.stdio[3]?.once("data", () => {
    heeds = true;
  });
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  let hasEnded = false;
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => {
      hasEnded = true;
      resolve({ status, stdout, stderr });
    });
  });
  const pid = child.pid ?? 0;
  return {
    pid,
    ended,
    kill: (signal) => void child.kill(signal),
    get stderrSoFar() {
      return stderr;
    },
    closeOutput: () => void child.stdout?.destroy(),
    async said(text) {
      while (!hasEnded && !stderr.includes(text)) await pause();
    },
    async heedsInterrupts() {
      while (!hasEnded && !heeds) await pause();
    },
    async workerPid() {
      for (;;) {
        const [found] = childrenOf(pid);
        if (found) return found;
        await pause();
      }
    },
  };
}

export function runLrbot(words: readonly string[], options: LrbotOptions): Promise<Ended> {
  return startLrbot(words, options).ended;
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 10));

/** True while a process of this id lives. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The process' own children. */
export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter(Boolean)
    .map(Number);
}

/** Processes that were started in a folder, or by one that was, and still live. */
export function processesIn(folder: string): string[] {
  return readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readlinkSync(`/proc/${name}/cwd`) === folder;
    } catch {
      return false;
    }
  });
}

/** Waits until it does not. */
export async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await pause();
}

/** An empty folder. Whoever makes it removes it. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "lrbot-test-"));
}

/** An empty folder in a folder; what a test that is repeated has left in it goes. */
export function emptyFolder(parent: string, name: string): string {
  const path = join(parent, name);
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path);
  return path;
}

/** Everything in a folder and below, as sorted relative paths. */
export function everythingIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true }).map(String).sort();
}

export function readResult(folder: string): EditResult {
  return JSON.parse(readFileSync(join(folder, "edit.json"), "utf8"));
}
