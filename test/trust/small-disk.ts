import { spawnSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/** A file system in memory that a process alone sees, in place of a folder; it ends with the process. */
export interface SmallDisk {
  /** What a command line is started through. */
  readonly through: readonly string[];
  /** Leaves no byte free. @param pid The process that was started through it. */
  fill(pid: number): void;
  free(pid: number): void;
}

const words = (folder: string, megabytes: number) => [
  "unshare",
  "--mount",
  // Whoever is not root becomes it in a namespace of users, where the system lets them.
  ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]),
  "sh",
  "-c",
  `mkdir -p "$0" && mount -t tmpfs -o size=${megabytes}m none "$0" && exec "$@"`,
  folder,
];

export function createSmallDisk(folder: string, megabytes: number): SmallDisk {
  const fillerOf = (pid: number) => join(`/proc/${pid}/root`, folder, "filler");
  return {
    through: words(folder, megabytes),
    fill(pid) {
      const file = openSync(fillerOf(pid), "a");
      try {
        for (const bytes of [1 << 20, 4096]) writeUntilFull(file, new Uint8Array(bytes));
      } finally {
        closeSync(file);
      }
    },
    free: (pid) => rmSync(fillerOf(pid), { force: true }),
  };
}

function writeUntilFull(file: number, bytes: Uint8Array): void {
  try {
    while (writeSync(file, bytes) > 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}

/** Why there can be none here, for the name of a test that is skipped; `null` where there can. */
export function whyNoSmallDisk(folder: string): string | null {
  const [command = "", ...rest] = [...words(join(folder, "trial"), 1), "true"];
  const { status, stderr, error } = spawnSync(command, rest, { encoding: "utf8" });
  return status === 0 ? null : (error?.message ?? stderr.trim().split("\n").at(-1) ?? "no reason given");
}
