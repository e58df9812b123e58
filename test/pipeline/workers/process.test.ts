import { spawn } from "node:child_process";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";
import { gone, isAlive } from "../../cli/lrbot.ts";

const compiled = pathToFileURL(join(import.meta.dirname, "../../../dist/pipeline/workers/process.js")).href;

it("a child that cannot hear that its parent ends is ended with it", { timeout: 30_000 }, async () => {
  const parent = spawn(
    process.execPath,
    [
      "--input-type=module",
      "--eval",
      `import { startProcess } from ${JSON.stringify(compiled)};
      const child = startProcess("probe/entry.js", [], { environment: {}, log() {} });
      child.once("spawn", () => {
        child.kill("SIGSTOP");
        console.log(child.pid);
        process.exit(0);
      });`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const pid = Number(await text(parent.stdout));
  expect(pid).toBeGreaterThan(0);
  await gone(pid);
  expect(isAlive(pid)).toBe(false);
});
