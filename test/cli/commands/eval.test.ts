import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createEvaluationView, evaluationLineOf } from "../../../src/cli/evaluation-view.ts";
import type { EvaluationEvent } from "../../../src/eval/order.ts";
import { runHere } from "../in-process.ts";
import { temporaryFolder } from "../lrbot.ts";

const folder = temporaryFolder();
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(() => {
  mkdirSync(join(folder, "set"));
  writeFileSync(join(folder, "set/a.png"), "nobody opens it");
  writeFileSync(
    join(folder, "set/prompts.jsonl"),
    '{"file": "a.png", "prompt": "a fox"}\n{"file": "b.png"}\n',
  );
  mkdirSync(join(folder, "empty"));
});

const evaluate = (...words: string[]) =>
  runHere(["eval", "--out", join(folder, "out"), ...words], { folder });

describe("lrbot eval", () => {
  it.each([
    ["a set without prompts.jsonl", ["--set", "empty"], "set-invalid", "prompts.jsonl at "],
    ["a line that does not say what to paint", ["--set", "set"], "set-invalid", "in line 2 of "],
    ["an unknown chooser", ["--set", "set", "--choosers", "clever"], "usage", '"clever"'],
    ["an unknown method", ["--set", "set", "--methods", "clever"], "usage", '"clever"'],
    ["an unknown ablation", ["--set", "set", "--ablations", "clever"], "usage", '"clever"'],
    [
      "a method that the pack cannot serve",
      ["--set", "set", "--methods", "instruct-pix2pix"],
      "method-unknown",
      "of pack mini",
    ],
    ["a pack that is not there", ["--set", "set", "--pack", "nowhere"], "pack-missing", "nowhere"],
    ["a scorer that is not there", ["--set", "set", "--scorer", "nowhere"], "pack-missing", "nowhere"],
    ["no picture at all", ["--set", "set", "--limit", "0"], "usage", "--limit"],
    ["half a table", ["--set", "set", "--tables", "0.5"], "usage", "--tables"],
    ["a third half", ["--set", "set", "--part", "3/2"], "usage", "--part"],
    ["a part of nothing", ["--set", "set", "--part", "half"], "usage", "--part"],
    ["no threads", ["--set", "set", "--threads", "none"], "usage", "--threads"],
    [
      "published tables that are not there",
      ["--set", "set", "--published", "nowhere"],
      "usage",
      "--published",
    ],
    ["a source from elsewhere", ["--set", "set", "--source", "guessed"], "setting-out-of-range", "--source"],
  ])("refuses %s before anything is computed", async (_, words, code, says) => {
    const { status, stderr, stdout } = await evaluate(...words);
    expect({ status, stdout }).toEqual({ status: code === "pack-missing" ? 3 : 2, stdout: "" });
    expect(stderr).toMatch(new RegExp(`^error ${code}: Expected .*\\n$`));
    expect(stderr).toContain(says);
  });
});

describe("an evaluation from the command line", () => {
  it("prints the files that it wrote, and the last lines of them are there", async () => {
    mkdirSync(join(folder, "one"));
    copyFileSync(join(import.meta.dirname, "../../../models/mini/eval/s004.png"), join(folder, "one/a.png"));
    writeFileSync(join(folder, "one/prompts.jsonl"), '{"file": "a.png", "prompt": "a penguin"}');
    const few = ["--choosers", "whole", "--methods", "none", "--ablations", "none", "--tables", "0"];
    const { status, stdout, stderr } = await evaluate("--set", "one", "--fast", "--threads", "1", ...few);
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: expect.stringContaining("picture 1 of 1, a.png"),
    });
    const names = ["results.jsonl", "summary.json", "report.md", "report.html", "study.jsonl"];
    expect(stdout.trim().split("\n")).toEqual(names.map((name) => join(folder, "out", name)));
    expect(readFileSync(join(folder, "out/report.md"), "utf8")).toContain("| whole |");
    expect(readFileSync(join(folder, "out/report.html"), "utf8")).toContain("</html>");
    const quiet = await evaluate("--set", "one", "--fast", "--quiet", ...few);
    expect(quiet).toMatchObject({ status: 0, stderr: "" });
  });
});

describe("how far an evaluation is", () => {
  const event: EvaluationEvent = {
    ...{ done: 3, pictures: 12, file: "s003.png", label: "every box", painted: 480, secondsLeft: 1300 },
  };

  it("is a line that fits, with the time that is left for as long as there is room", () => {
    expect(evaluationLineOf(event, 200)).toBe(
      "[#####---------------] picture 4 of 12, s003.png, every box, 480 boxes painted  about 22 min left",
    );
    for (let columns = 1; columns < 120; columns++)
      expect(evaluationLineOf(event, columns).length).toBeLessThan(
        Math.max(columns, 1) + Number(columns === 1),
      );
    expect(evaluationLineOf(event, 60)).toContain("about 22 min left");
    expect(evaluationLineOf({ ...event, secondsLeft: null }, 200)).not.toContain("left");
  });

  it("is a line a picture where nothing can be drawn in place, and nothing where none is wanted", () => {
    const said: string[] = [];
    const terminal = {
      out: () => {},
      say: (text: string) => said.push(text),
      draw: () => {},
      isScreen: false,
      columns: 80,
    };
    const view = createEvaluationView(terminal, { quiet: false });
    for (const done of [0, 0, 0, 1, 1]) view.show({ ...event, done });
    view.end();
    expect(said.map((line) => line.slice(23, 33))).toEqual(["picture 1 ", "picture 2 "]);
    createEvaluationView(terminal, { quiet: true }).show(event);
    expect(said).toHaveLength(2);
  });
});
