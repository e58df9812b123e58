import { spawnSync } from "node:child_process";
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** For the name of a test that is skipped where no small disk can be made; `null` where one can. */
export const noMount: string | null = whyNoMount();

/** Puts a disk of some kilobytes, in memory, over a folder; gives what takes it away. */
export function mountSmall(folder: string, kilobytes: number): () => void {
  spawnSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k`, "none", folder]);
  return () => void spawnSync("umount", [folder]);
}

function whyNoMount(): string | null {
  const folder = mkdtempSync(join(tmpdir(), "lrbot-mount-"));
  try {
    const { status, stderr, error } = spawnSync("mount", ["-t", "tmpfs", "none", folder], {
      encoding: "utf8",
    });
    if (status === 0) spawnSync("umount", [folder]);
    return status === 0 ? null : ` (skipped: no tmpfs can be mounted: ${error?.message ?? stderr.trim()})`;
  } finally {
    rmdirSync(folder);
  }
}
