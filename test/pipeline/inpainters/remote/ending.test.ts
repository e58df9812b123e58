import { describe, expect, it } from "vitest";
import type { A1111State } from "../../../../src/pipeline/inpainters/remote/a1111/api.ts";
import { endingOf, type Look } from "../../../../src/pipeline/inpainters/remote/a1111/ending.ts";

const ours = "20261231235900";
const theirs = "20261231235907";
const look = (at: number, step: number, state: A1111State = {}): Look => ({
  at,
  state: { job_timestamp: ours, job: "scripts_img2img", sampling_step: step, sampling_steps: 100, ...state },
});
/** Theirs runs: its beginning has cleared the flag. */
const next: A1111State = { job_timestamp: theirs, job: "scripts_img2img", interrupted: false };
const idle: A1111State = { job_timestamp: ours, job: "", interrupted: false };

describe("how a painting at AUTOMATIC1111 ended", () => {
  it.each([
    ["the state is still that of ours", { state: idle }, "finished"],
    ["the state says so of ours", { state: { ...idle, interrupted: true } }, "interrupted"],
    ["the state says so of ours, skipped", { state: { ...idle, skipped: true } }, "interrupted"],
    ["the server stamps nothing", { startedAt: null, state: { interrupted: true } }, "interrupted"],
    ["the state cannot be had", { state: null }, "finished"],
    [
      "a look saw the flag before theirs cleared it",
      { looks: [look(0, 28), look(300, 29, { interrupted: true })] },
      "cut-off",
    ],
    ["29 of 100 steps were seen at 30 ms a step, and the answer came at once", {}, "cut-off"],
    ["the steps that were left fit into the time until the answer", { at: 3000 }, "finished"],
    [
      "it stood still for a while and then went on fast, and the rest fits",
      { looks: [look(0, 9), look(60_000, 29), look(60_600, 60)], at: 61_400 },
      "finished",
    ],
    ["its last step was seen", { looks: [look(0, 50), look(900, 100)] }, "finished"],
    ["its only batch was over", { looks: [look(0, 50), look(900, 0, { job_no: 1 })] }, "finished"],
    ["it was never seen", { looks: [look(0, 3, { job_timestamp: theirs })] }, "unseen"],
    ["it was seen once", { looks: [look(0, 3)] }, "unseen"],
    [
      "theirs began within the same second",
      { state: { job_timestamp: ours, job: "scripts_txt2img", interrupted: false } },
      "cut-off",
    ],
  ])("where %s", (_, given, ending) => {
    const looks = [look(0, 9), look(600, 29)];
    expect(endingOf({ startedAt: ours, at: 700, state: next, looks, ...given })).toBe(ending);
  });
});
