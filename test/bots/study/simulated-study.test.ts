import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { figuresOf } from "../../../src/bots/study/figures.ts";
import { createStudySets } from "../../../src/bots/study/study-set.ts";
import { createVoting } from "../../../src/bots/study/voting.ts";
import { createTurns } from "../../../src/bots/turns.ts";
import { createRandom } from "../../../src/pipeline/random.ts";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import type { Store } from "../../../src/store/store.ts";

// A whole study of people whose taste is known: which pairs they see, what is kept of it, and what comes out.

const scores: Readonly<Record<string, number>> = { ours: 1, theirs: 0.2, others: -0.4, nothing: -0.8 };
const methods = Object.keys(scores);
const [people, pictures, pairsPerVoter] = [40, 20, 18];

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "lrbot-simulated-"));
  store = await openSqliteStore({ folder });
  mkdirSync(join(folder, "sets", "all"), { recursive: true });
  writeFileSync(join(folder, "sets", "all", "any.png"), "a picture that nobody opens here");
  const line = (index: number) =>
    JSON.stringify({
      ...{ picture: `picture ${index}`, prompt: "a castle", source: "any.png" },
      results: Object.fromEntries(methods.map((method) => [method, "any.png"])),
    });
  const lines = Array.from({ length: pictures }, (_, index) => line(index));
  writeFileSync(join(folder, "sets", "all", "study.jsonl"), lines.join("\n"));
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

it("finds what simulated voters prefer, each method equally often on each side, and who does not look", async () => {
  const random = createRandom(12, "a study");
  const voting = createVoting({
    ...{ store, sets: createStudySets(join(folder, "sets")), inTurn: createTurns(), log: () => {} },
    ...{ clock: () => 1000, integer: random.integer },
  });
  const place = { platform: "chat", workspace: "w", channel: "c", thread: null, isDirect: false };
  const design = {
    id: "s".repeat(16),
    place,
    locale: "en",
    set: "all",
    methods,
    against: null,
    pairsPerVoter,
  };
  const study = await store.studies.add(design, 1000);
  if (!study) throw new Error("Expected a study, got none.");

  for (let person = 0; person < people; person++) {
    const voter = { platform: "chat", user: `person ${person}` };
    // Every tenth presses anything.
    const looks = person % 10 !== 0;
    for (let offer = await voting.next(study, voter); offer; offer = await voting.next(study, voter)) {
      const { number, left, right, garbled } = offer.showing;
      const odds = looks ? (scores[left] ?? 0) - (scores[right] ?? 0) : 0;
      const preferred = random.uniform() < 1 / (1 + Math.exp(-odds)) ? "left" : "right";
      const seen = garbled === "left" ? "right" : "left";
      await store.studies.vote(number, voter, looks && garbled !== null ? seen : preferred, 1000);
    }
  }

  const votes = await store.studies.votes(study.id);
  const compared = votes.filter(({ garbled }) => garbled === null);
  expect(compared).toHaveLength(people * pairsPerVoter);
  for (const method of methods) {
    const onLeft = compared.filter(({ left }) => left === method).length;
    const onRight = compared.filter(({ right }) => right === method).length;
    expect(onLeft + onRight).toBe((2 * compared.length) / methods.length);
    expect(Math.abs(onLeft - onRight)).toBeLessThanOrEqual(2);
  }

  const figures = figuresOf(study, votes, pictures);
  // Who presses anything passes one or two checks by luck now and then.
  expect(figures.failed.people).toBeGreaterThanOrEqual(2);
  expect(figures.failed.people).toBeLessThanOrEqual(4);
  expect(figures.counted.people + figures.failed.people).toBe(people);
  expect(figures.scores.map(({ method }) => method)).toEqual(methods);
  const within = figures.preferences.filter(({ method, other, low, high }) => {
    const truth = 1 / (1 + Math.exp((scores[other] ?? 0) - (scores[method] ?? 0)));
    return low <= truth && truth <= high;
  });
  expect(figures.preferences).toHaveLength(6);
  expect(within.length).toBeGreaterThanOrEqual(5);
});
