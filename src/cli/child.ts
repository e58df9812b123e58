import { spawn } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { EditError } from "../errors.ts";
import type { Interrupt } from "./interrupt.ts";

export interface ChildOptions {
  /** A compiled file beside this one. */
  readonly file: string;
  readonly words: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly interrupt: Interrupt;
  /** `inherit` lets the child write to this process's own output; `collect` gives what it wrote. */
  readonly output: "inherit" | "collect";
}

/**
 * Runs one of our files in a process of its own: whatever runs networks stays out of this one.
 * @returns Its exit status and, collected, its standard output.
 * @throws EditError `cancelled`; `worker-died` where a signal ended it
 */
export async function runChild(options: ChildOptions): Promise<{ status: number; output: string }> {
  const { file, words, environment, interrupt, output } = options;
  const script = join(dirname(fileURLToPath(import.meta.url)), file);
  const child = spawn(process.execPath, [script, ...words], {
    env: { ...environment },
    stdio: output === "inherit" ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "ignore"],
  });
  let written = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    written += text;
  });
  const stop = () => child.kill("SIGKILL");
  interrupt.signal.addEventListener("abort", stop);
  const { status, killedBy } = await new Promise<{ status: number | null; killedBy: string | null }>(
    (resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status, killedBy) => resolve({ status, killedBy }));
    },
  );
  interrupt.signal.removeEventListener("abort", stop);
  interrupt.signal.throwIfAborted();
  if (status === null) throw new EditError("worker-died", `Expected ${file} to finish, got ${killedBy}.`);
  return { status, output: written };
}
