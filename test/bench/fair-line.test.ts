import { expect, it } from "vitest";
import { simulateDay } from "../../bench/fleet/simulation/day.ts";
import { createFairLine, type SimulatedJob } from "../../bench/fleet/simulation/lines.ts";
import { createRandom } from "../../bench/fleet/simulation/random.ts";
import { fairOrder } from "../../src/queue/fair-order.ts";
import type { WaitingJob } from "../../src/store/jobs.ts";

it.each([1, 2, 3, 4])("the simulated line gives jobs in the queue's own fair order (seed %i)", (seed) => {
  const random = createRandom(seed);
  const line = createFairLine();
  const waiting = new Map<SimulatedJob, WaitingJob>();
  const turns = new Map<string, number>();
  let claims = 0;
  for (let now = 0; now < 600; now += 1) {
    if (random() < 0.55 || waiting.size === 0) {
      const job = { person: Math.floor(random() * 12), at: now, seconds: 1, isBulk: false };
      line.add(job);
      const person = String(job.person).padStart(3, "0");
      waiting.set(job, {
        ...{ id: String(now).padStart(6, "0"), person, createdAt: now, priority: 0, pack: "mini" },
      } as unknown as WaitingJob);
      continue;
    }
    const [first] = fairOrder([...waiting.values()], turns);
    const next = line.next();
    if (!next || !first) throw new Error("Expected a job, got none.");
    expect(waiting.get(next)).toBe(first);
    waiting.delete(next);
    claims += 1;
    turns.set(first.person, claims);
  }
  expect(line.size).toBe(waiting.size);
});

it("a simulated day serves every wish once, and nobody waits where lanes are free", () => {
  const day = { edits: 20_000, workspaces: 100, bots: 3, lanes: 50, overheadSeconds: 0.05, seed: 1 } as const;
  for (const load of [0.3, 1.2]) {
    const { waits, bulkWaits } = simulateDay({ ...day, load, order: "fair" });
    expect(waits.length + bulkWaits.length).toBeGreaterThanOrEqual(day.edits);
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
    if (load < 1) expect(waits[Math.floor(waits.length / 2)]).toBe(0);
    else expect(waits.at(-1)).toBeGreaterThan(60);
  }
});

it("a simulated day with turns lets those who ask for one wait less for those who ask for many", () => {
  const day = {
    edits: 20_000,
    workspaces: 100,
    bots: 3,
    lanes: 50,
    overheadSeconds: 0.05,
    seed: 1,
    load: 1,
  } as const;
  const [fair, plain] = (["fair", "plain"] as const).map((order) => simulateDay({ ...day, order }));
  const late = (waits: Float64Array | undefined) => waits?.[Math.floor(waits.length * 0.95)] ?? Number.NaN;
  expect(late(fair?.waits)).toBeLessThan(0.7 * late(plain?.waits));
  expect(late(fair?.bulkWaits)).toBeGreaterThan(late(plain?.bulkWaits));
});
