import { describe, expect, it } from "vitest";
import { markdownOf } from "../../../src/eval/report/markdown.ts";
import { summaryOf } from "../../../src/eval/report/summary.ts";
import { meanOf } from "../../../src/eval/statistics/bootstrap.ts";
import { someOrder, someRow } from "./some-rows.ts";

const pictures = [1, 2, 3, 4, 5, 6];
const names = ["learned-14", "whole"];
const rows = pictures.flatMap((picture) => names.map((name) => someRow({ picture, name })));
const groupOf = (summary: ReturnType<typeof summaryOf>, name: string) =>
  summary.groups.find(({ group }) => group === name)!;

describe("the summary of an evaluation", () => {
  it("has the mean of each figure over pictures, and differences picture by picture", () => {
    const [learned, whole] = groupOf(summaryOf(rows, someOrder), "choosers").rows;
    const regrets = (name: string) =>
      rows.filter((row) => row.name === name).map(({ regret }) => regret!.anchors!);
    expect(learned!.figures["regret"]!.mean).toBeCloseTo(meanOf(regrets("learned-14")), 4);
    expect(learned!.difference).toBeNull();
    const [a, b] = [regrets("learned-14"), regrets("whole")];
    const difference = whole!.difference!["regret"]!;
    expect(difference.mean).toBeCloseTo(meanOf(a.map((value, index) => value - b[index]!)), 4);
    expect(difference.low).toBeLessThan(difference.mean);
    expect(difference.pictures).toBe(6);
  });

  it("counts of a figure the pictures that have it, and compares over those that both have", () => {
    const some = rows.map((row) =>
      row.name === "whole" && row.picture > 4 ? { ...row, placing: null } : row,
    );
    const [, whole] = groupOf(summaryOf(some, someOrder), "choosers").rows;
    expect(whole!.figures["iou"]!.pictures).toBe(4);
    expect(whole!.difference!["iou"]!.pictures).toBe(4);
    expect(whole!.figures["psnrOutside"]).toBeUndefined();
    expect(markdownOf(summaryOf(some, someOrder))).toMatch(/\| whole .*\(4\)/);
  });

  it("counts ambiguous prompts apart, and each kind of pictures where there are several", () => {
    const more = [
      ...rows,
      ...names.map((name) => someRow({ picture: 7, name, isAmbiguous: true })),
      ...names.map((name) => someRow({ picture: 8, name, kind: "add" })),
    ];
    const summary = summaryOf(more, someOrder);
    expect(summary.groups.map(({ group }) => group)).toEqual([
      ...["choosers", "kind add", "kind replace", "ambiguous prompts"],
    ]);
    expect(groupOf(summary, "choosers").rows[0]!.pictures).toBe(7);
    expect(groupOf(summary, "ambiguous prompts").rows[0]!.pictures).toBe(1);
    expect(summaryOf(rows, someOrder).groups).toHaveLength(1);
  });

  it("has an automatic preference where there are two scorers, with its ties, and none where there are not", () => {
    const [, whole] = groupOf(summaryOf(rows, someOrder), "choosers").rows;
    const preference = whole!.preference!;
    expect(preference.pictures).toBe(6);
    expect(preference.ties).toBeLessThanOrEqual(6);
    const alone = summaryOf(
      rows.map((row) => ({ ...row, second: null })),
      { ...someOrder, scorer: null },
    );
    expect(groupOf(alone, "choosers").rows[1]!.preference).toBeNull();
    expect(markdownOf(alone)).toContain("There is no second scorer");
    expect(markdownOf(alone)).not.toContain("Automatic preference");
  });

  it("is the same for the same rows", () => {
    expect(JSON.stringify(summaryOf(rows, someOrder))).toBe(JSON.stringify(summaryOf([...rows], someOrder)));
  });
});
