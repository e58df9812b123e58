import { closeSync, openSync, readFileSync, writeSync } from "node:fs";

/**
 * Overwrites the values of variables in the copy of this process's environment that Linux shows to every process of the same
 * user, as `/proc/PID/environ`. They read as empty in here from then on. A system that shows no such thing, or lets nobody
 * write there, is left as it is.
 */
export function hideFromProc(names: readonly string[]): void {
  try {
    const places = placesOf(names, readFileSync("/proc/self/environ"));
    if (places.length === 0) return;
    const start = environmentStart();
    const memory = openSync("/proc/self/mem", "r+");
    try {
      for (const { at, length } of places) writeSync(memory, Buffer.alloc(length), 0, length, start + at);
    } finally {
      closeSync(memory);
    }
  } catch {
    // What is not there, or cannot be written, nobody can help from in here.
  }
}

/** Where the values lie among all variables, in bytes; a name may be there more than once. */
function placesOf(
  names: readonly string[],
  shown: Buffer,
): { readonly at: number; readonly length: number }[] {
  const places: { at: number; length: number }[] = [];
  for (let start = 0; start < shown.length; ) {
    const zero = shown.indexOf(0, start);
    const end = zero < 0 ? shown.length : zero;
    const [name = ""] = shown.toString("latin1", start, end).split("=", 1);
    const at = start + name.length + 1;
    if (at < end && names.includes(name)) places.push({ at, length: end - at });
    start = end + 1;
  }
  return places;
}

/** Address of the first variable: `env_start`, the 48th of what follows the process's name in brackets (proc_pid_stat(5)). */
function environmentStart(): number {
  const stat = readFileSync("/proc/self/stat", "latin1");
  const start = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[47]);
  if (start > 0 && Number.isSafeInteger(start)) return start;
  throw new RangeError(`Expected the address of the environment, got ${start}.`);
}
