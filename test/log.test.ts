import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EditError } from "../src/errors.ts";
import { createLog, type LogOptions } from "../src/log.ts";

function opened(options: Partial<LogOptions> = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const log = createLog({ level: "debug", secrets: [], destination, ...options });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? "null") };
}

describe("the log", () => {
  it("is one JSON object a line, with level, time and text", () => {
    const { log, lines, last } = opened();
    log.info("a job began", { job: "j1", seconds: 3 });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^\{.*\}\n$/);
    expect(last()).toEqual({
      level: "info",
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      msg: "a job began",
      job: "j1",
      seconds: 3,
    });
  });

  it("leaves out what lies below its level, and everything where it is silent", () => {
    const warning = opened({ level: "warn" });
    warning.log.info("no");
    warning.log.write("warn", "yes");
    expect(warning.lines).toHaveLength(1);
    const silent = opened({ level: "silent" });
    silent.log.error("no");
    expect(silent.lines).toEqual([]);
  });

  it("gives children fields of their own, also those of children", () => {
    const { log, last } = opened();
    const { warn } = log.child({ job: "j1" }).child({ platform: "discord" });
    warn("late", { seconds: 9 });
    expect(last()).toMatchObject({ job: "j1", platform: "discord", seconds: 9, msg: "late" });
  });

  it("writes errors whole: code, stack and causes", () => {
    const { log, last } = opened();
    const cause = new TypeError("the first one");
    log.error("failed", { error: new EditError("internal", "Expected x, got y.", { cause }) });
    expect(last().error).toMatchObject({ code: "internal", message: "Expected x, got y." });
    expect(last().error.cause).toMatchObject({
      type: "TypeError",
      stack: expect.stringContaining("log.test"),
    });
  });

  it("goes to standard error, and is there when the process ends at once", () => {
    const file = join(import.meta.dirname, "..", "src", "log.ts");
    const code = `const { createLog } = await import(${JSON.stringify(file)});
      createLog({ level: "info", secrets: [] }).info("last words");
      process.kill(process.pid, "SIGKILL");`;
    const shell = `"${process.execPath}" --import tsx --input-type=module -e '${code}' 2>&1 >/dev/null || true`;
    expect(execFileSync("sh", ["-c", shell], { encoding: "utf8" })).toContain(`"msg":"last words"`);
  });
});

describe("secrets", () => {
  const canaries = [
    "xoxb-1234-c4n4ry",
    "MTIz.c4n4ry.with-dots_and$pecial&signs?/+=",
    'quo"ted\\c4n4ry\nin two lines',
    "20417",
  ];
  const plain = /c4n4ry|20417/;

  it.each(canaries)("do not appear wherever they are: %j", (secret) => {
    const { log, lines } = opened({ secrets: canaries });
    const deep = new Error(`deepest ${secret}`);
    const middle = new Error(`middle ${secret}`, { cause: deep });
    const error = Object.assign(new EditError("internal", `top ${secret}`, { cause: middle }), {
      request: { headers: { authorization: `Bearer ${secret}` } },
    });
    log.info(`text ${secret} and again ${secret}`);
    log.info("field", { token: secret, url: `https://example.org/?token=${encodeURIComponent(secret)}` });
    log.info("nested", {
      a: [{ b: { c: [`${secret}!`] } }],
      [secret]: 1,
      buffer: { json: JSON.stringify({ secret }) },
    });
    log.error("error", { error, inner: { error } });
    log.child({ secret, list: [secret] }).warn(secret);
    expect(lines).toHaveLength(5);
    for (const line of lines) {
      expect(() => JSON.parse(line)).not.toThrow();
      expect(line).toMatch(/^[^\n]*\n$/);
      expect(line.replace(/"time":"[^"]*"/, "")).not.toMatch(plain);
      expect(line).toContain("[redacted]");
    }
  });

  it("that are numbers are taken out of numbers, and the rest of the line stays", () => {
    const { log, last } = opened({ secrets: ["20417"] });
    log.info("count", { count: 20417, other: 20418, none: null, yes: true });
    expect(last()).toMatchObject({ count: "[redacted]", other: 20418, none: null, yes: true, level: "info" });
  });

  it("that are empty change nothing", () => {
    const { log, last } = opened({ secrets: [""] });
    log.info("text");
    expect(last().msg).toBe("text");
  });
});
