import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

/**
 * Overwrites the values of variables in the copy of this process's environment that Linux shows to every process of the same
 * user, as `/proc/PID/environ`. They read as empty in here from then on. What is not Linux shows no such thing or is left
 * as it is.
 * @returns Whether none of them is shown now.
 */
export function hideFromProc(names: readonly string[]): boolean {
  try {
    const shown = readFileSync("/proc/self/environ");
    const places = names.flatMap((name) => placeOf(name, shown) ?? []);
    if (places.length === 0) return true;
    const memory = openSync("/proc/self/mem", "r+");
    try {
      const start = environmentStart();
      for (const { at, length } of places) writeSync(memory, Buffer.alloc(length), 0, length, start + at);
    } finally {
      closeSync(memory);
    }
    return true;
  } catch {
    return false;
  }
}

/** Where the value of a variable lies among all of them, in bytes. */
function placeOf(name: string, shown: Buffer): { readonly at: number; readonly length: number } | null {
  const found = Buffer.concat([Buffer.of(0), shown]).indexOf(`\0${name}=`);
  if (found < 0) return null;
  const at = found + name.length + 1;
  const end = shown.indexOf(0, at);
  return { at, length: (end < 0 ? shown.length : end) - at };
}

/** Address of the first variable: `env_start`, the 48th of what follows the process's name in brackets (proc_pid_stat(5)). */
function environmentStart(): number {
  const stat = readFileSync("/proc/self/stat", "latin1");
  const start = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[47]);
  if (start > 0 && Number.isSafeInteger(start)) return start;
  throw new RangeError(`Expected the address of the environment, got ${start}.`);
}
