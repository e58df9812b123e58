import { readFileSync } from "node:fs";

/** The most memory that a process has held since it began its program, in MB (Linux; elsewhere `null`). */
export function peakMegabytes(pid: number | "self" | undefined): number | null {
  const kilobytes = readOrNull(`/proc/${pid}/status`)?.match(/VmHWM:\s+(\d+) kB/)?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / 1024;
}

/** The first process that a process has started and that lives. */
export function childOf(pid: number | undefined): number | undefined {
  const first = readOrNull(`/proc/${pid}/task/${pid}/children`)?.trim().split(" ")[0];
  return first ? Number(first) : undefined;
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}
