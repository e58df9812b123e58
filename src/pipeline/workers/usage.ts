import { readFileSync } from "node:fs";

/** What a process has taken of the machine since its start. */
export interface Usage {
  /** Time of processors, of all its threads. */
  readonly cpuMilliseconds: number;
  /** Resident memory, in MB of 2^20 bytes: now, and at the most so far. */
  readonly megabytes: number;
  readonly peakMegabytes: number;
}

/** Linux counts in hundredths of a second whatever the kernel's own clock does (proc_pid_stat(5), USER_HZ). */
const tickMilliseconds = 10;

/** Of a process that runs; `null` where the system does not say (it does on Linux). */
export function usageOf(pid: number): Usage | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    // Its name, in brackets, may hold anything. Of what follows, utime and stime are the 12th and the 13th.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return {
      cpuMilliseconds: (Number(fields[11]) + Number(fields[12])) * tickMilliseconds,
      megabytes: megabytesOf(status, "VmRSS"),
      peakMegabytes: megabytesOf(status, "VmHWM"),
    };
  } catch {
    return null;
  }
}

/** 0 of a process that has ended and is not waited for yet. */
function megabytesOf(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) / 1024;
}
