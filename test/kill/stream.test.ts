import { expect, it } from "vitest";
import type { Crowd, Seen } from "./crowd.ts";
import { settle } from "./stream.ts";

/** A crowd that sees this at its looks, one after the other, and the last of it from then on. */
function crowdThatSees(...looks: readonly (readonly string[])[]): Crowd {
  let count = 0;
  const messages = (): Seen[] =>
    (looks[Math.min(count++, looks.length - 1)] ?? []).map((text) => ({ text, pictures: 1, reactions: 0 }));
  return { messages } as Partial<Crowd> as Crowd;
}

const orders = [{ prompt: "picture 0001", isPromised: true }];
const [first, result] = ["picture 0001 is waiting", "picture 0001, result 1 of 3"];

it("a first message that makes way for its result is not counted as a second one", async () => {
  const crowd = crowdThatSees([first], [first, result], [first, result], [result]);
  expect(await settle(crowd, orders, 60)).toMatchObject({ results: 1, lost: [], doubled: [] });
});

it("one that stays is", async () => {
  const crowd = crowdThatSees([first, result]);
  expect(await settle(crowd, orders, 0.1)).toMatchObject({ results: 1, doubled: ["picture 0001"] });
});
