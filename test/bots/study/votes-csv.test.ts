import { expect, it } from "vitest";
import { votesCsv } from "../../../src/bots/study/votes-csv.ts";
import type { SeenShowing } from "../../../src/store/studies.ts";

it("has a line for each answer, quoted where that is needed, and numbers in place of voters", () => {
  const vote = (changes: Partial<SeenShowing>): SeenShowing => ({
    ...{ number: 7, study: "s", voter: "x", picture: "castle", left: "ours", right: "theirs", garbled: null },
    ...{ shownAt: 0, choice: "left", votedAt: 1000, ...changes },
  });
  const votes = [
    vote({}),
    vote({ voter: "y", choice: "tie", picture: 'the "old", one' }),
    vote({ right: "ours", garbled: "right", choice: "left" }),
    vote({ choice: "right" }),
  ];
  expect(votesCsv(votes).split("\r\n")).toEqual([
    "vote,voter,attention,picture,left,right,garbled,choice,preferred,shown_at,voted_at",
    "1,1,passed,castle,ours,theirs,,left,ours,1970-01-01T00:00:00.000Z,1970-01-01T00:00:01.000Z",
    '2,2,unchecked,"the ""old"", one",ours,theirs,,tie,tie,1970-01-01T00:00:00.000Z,1970-01-01T00:00:01.000Z',
    "3,1,passed,castle,ours,ours,right,left,,1970-01-01T00:00:00.000Z,1970-01-01T00:00:01.000Z",
    "4,1,passed,castle,ours,theirs,,right,theirs,1970-01-01T00:00:00.000Z,1970-01-01T00:00:01.000Z",
    "",
  ]);
});
