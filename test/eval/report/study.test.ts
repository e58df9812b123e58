import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { createStudySets } from "../../../src/bots/study/study-set.ts";
import { shownRows } from "../../../src/eval/report/sheets.ts";
import { studyFile, studyOf } from "../../../src/eval/report/study.ts";
import { someRow } from "./some-rows.ts";

it("makes the folder of an evaluation a set that /study takes, also where a picture is asked twice for other things", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lrbot-figures-"));
  const rows = [
    ...["learned-14", "centre"].flatMap((name) => [
      someRow({ picture: 1, name }),
      someRow({ picture: 2, name, file: "s1.png" }),
    ]),
    someRow({ picture: 1, name: "losses without direction", group: "losses" }),
  ];
  const at = join(folder, "figures", studyFile);
  mkdirSync(dirname(at));
  writeFileSync(at, studyOf(shownRows(rows, null)));
  const set = await createStudySets(folder).open("figures");
  expect(set.methods).toEqual(["learned-14", "centre"]);
  expect(set.pictures.map(({ picture }) => picture)).toEqual(["1 s1.png", "2 s1.png"]);
  expect(set.pictures[1]?.results.get("centre")).toBe(join(folder, "figures", "pictures/2-centre.jpg"));
  rmSync(folder, { recursive: true });
});
