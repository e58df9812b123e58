import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it } from "vitest";

const compiled = pathToFileURL(join(import.meta.dirname, "..", "dist", "proc-environ.js")).href;

it.runIf(process.platform === "linux")(
  "hides the variables that are named from what the system shows of a process, and no other",
  () => {
    const program = `
      const { hideFromProc } = await import(${JSON.stringify(compiled)});
      hideFromProc(["FIRST", "TOKEN", "EMPTY", "MISSING"]);
      const { readFileSync } = await import("node:fs");
      const shown = readFileSync("/proc/self/environ", "utf8").split("\\0").filter(Boolean);
      console.log(JSON.stringify({ shown, own: [process.env.FIRST, process.env.MY_TOKEN] }));`;
    const env = { FIRST: "s3cret", MY_TOKEN: "mine", TOKEN: "t0ken=a", TOKEN_FILE: "file", EMPTY: "" };
    const told = execFileSync(process.execPath, ["--input-type=module", "-e", program], {
      env,
      encoding: "utf8",
    });
    expect(JSON.parse(told)).toEqual({
      shown: ["FIRST=", "MY_TOKEN=mine", "TOKEN=", "TOKEN_FILE=file", "EMPTY="],
      own: ["", "mine"],
    });
  },
);
