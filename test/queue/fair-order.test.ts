import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createRandom } from "../../src/pipeline/random.ts";
import { fairOrder } from "../../src/queue/fair-order.ts";
import type { LaneOffer, WaitingJob } from "../../src/store/jobs.ts";
import { openSqliteStore } from "../../src/store/sqlite/store.ts";
import type { Store } from "../../src/store/store.ts";
import { failure, newId, newJob, offer } from "../store/jobs.ts";

const waiting = (changes: Partial<WaitingJob> = {}): WaitingJob => ({
  ...{ id: newId(), person: "chat:ann", priority: 0, createdAt: 0, pack: "mini", work: "learn" },
  ...changes,
});

describe("fair order", () => {
  it("is empty without jobs", () => {
    expect(fairOrder([], new Map())).toEqual([]);
  });

  it("lets nobody with many jobs hold up somebody with one", () => {
    const many = Array.from({ length: 5 }, (_, createdAt) => waiting({ createdAt }));
    const one = waiting({ person: "chat:ben", createdAt: 100 });
    expect(fairOrder([...many, one], new Map())[1]).toBe(one);
  });

  it("serves whoever had a turn longest ago first", () => {
    const [ann, ben, cleo] = ["chat:ann", "chat:ben", "chat:cleo"].map((person) => waiting({ person }));
    const turns = new Map([
      ["chat:ann", 7],
      ["chat:ben", 3],
    ]);
    expect(
      fairOrder(
        [ann, ben, cleo].flatMap((job) => job ?? []),
        turns,
      ),
    ).toEqual([cleo, ben, ann]);
  });

  const seed = Date.now() % 2 ** 31;
  it.each(Array.from({ length: 12 }, (_, round) => ({ round, seed })))(
    "is the order of repeated claims, round $round with seed $seed",
    async ({ round }) => {
      const random = createRandom(seed, `fair order ${round}`);
      const folder = await mkdtemp(join(tmpdir(), "lrbot-order-"));
      const store = await openSqliteStore({ folder });
      try {
        const people = 1 + random.integer(8);
        let now = 0;
        for (let step = 0; step < 150; step++) {
          now += random.integer(3);
          const user = `user-${random.integer(people)}`;
          const { jobs } = await store.jobs.waiting();
          const any = jobs[random.integer(Math.max(1, jobs.length))]?.id ?? "none";
          const what = random.integer(13);
          if (what < 7) await store.jobs.add(newJob({ user }), now);
          else if (what < 9) await store.jobs.claim(offer(), now);
          else if (what === 9) await store.jobs.moveToFront(any);
          else if (what === 10) await moveSome(store, random);
          else if (what === 11) await store.jobs.cancel(any, now);
          else {
            const [running] = await store.jobs.list({ states: ["running"], limit: 1 });
            if (running) await store.jobs.loseWorker(running.id, failure, now);
          }
        }
        const { jobs, turns } = await store.jobs.waiting();
        const claimed: string[] = [];
        for (
          let job = await store.jobs.claim(offer(), now);
          job;
          job = await store.jobs.claim(offer(), now)
        ) {
          claimed.push(job.id);
        }
        expect(fairOrder(jobs, turns).map(({ id }) => id)).toEqual(claimed);
        expect(claimed).toHaveLength(jobs.length);
      } finally {
        await store[Symbol.asyncDispose]();
        await rm(folder, { recursive: true });
      }
    },
  );

  it(`is what lanes with packs of their own claim by, as far as they can run it, seed ${seed}`, async () => {
    const random = createRandom(seed, "offers");
    const folder = await mkdtemp(join(tmpdir(), "lrbot-offers-"));
    const store = await openSqliteStore({ folder });
    const packs = ["mini", "medium", "large"];
    const pick = () => packs[random.integer(packs.length)] ?? "mini";
    let now = 0;
    for (let step = 0; step < 400; step++) {
      now += random.integer(5);
      await store.jobs.add(newJob({ user: `user-${random.integer(6)}`, pack: pick() }), now);
      const { jobs, turns } = await store.jobs.waiting();
      if (step % 9 === 0) await store.jobs.moveToFront(jobs[random.integer(jobs.length)]?.id ?? "");
      if (step % 3 === 0) continue;
      const given = offer({
        packs: random.integer(2) === 0 ? null : [pick(), pick()],
        loadedPack: random.integer(3) === 0 ? null : pick(),
        loadingMilliseconds: random.integer(200),
      });
      const before = await store.jobs.waiting();
      const claimed = await store.jobs.claim(given, now);
      expect(claimed?.id ?? null).toBe(plainChoice(before.jobs, turns, given, now));
    }
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  it(`leaves everybody's place as it is but those who change places, seed ${seed}`, async () => {
    const random = createRandom(seed, "places");
    const folder = await mkdtemp(join(tmpdir(), "lrbot-places-"));
    const store = await openSqliteStore({ folder });
    for (let now = 0; now < 60; now++)
      await store.jobs.add(newJob({ user: `user-${random.integer(7)}` }), now);
    for (let turn = 0; turn < 10; turn++) await store.jobs.claim(offer(), 100);
    for (let round = 0; round < 20; round++) {
      const before = await orderOf(store);
      const moved = await moveSome(store, random);
      const after = await orderOf(store);
      const others = (ids: readonly string[]) => ids.map((id) => (moved.includes(id) ? "moved" : id));
      expect(others(after)).toEqual(others(before));
      const last = moved.at(-1);
      expect(after.filter((id) => moved.includes(id))).toEqual(last ? [last, ...moved.slice(0, -1)] : []);
    }
    await store[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  it(`keeps everybody's distance to the next turn below the number of people, seed ${seed}`, () => {
    const random = createRandom(seed, "distance");
    const jobs = Array.from({ length: 500 }, (_, createdAt) =>
      waiting({ person: `chat:user-${random.integer(9)}`, createdAt }),
    );
    const order = fairOrder(jobs, new Map());
    const people = new Set(jobs.map(({ person }) => person));
    const lastSeen = new Map<string, number>();
    for (const [index, { person }] of order.entries()) {
      expect(index - (lastSeen.get(person) ?? -1)).toBeLessThanOrEqual(people.size);
      lastSeen.set(person, index);
    }
    expect(order.toSorted((a, b) => a.createdAt - b.createdAt)).toEqual(jobs);
  });
});

/** What `JobStore.claim` promises, said plainly: the whole list is sorted for each claim. */
function plainChoice(
  jobs: readonly WaitingJob[],
  turns: ReadonlyMap<string, number>,
  { packs, loadedPack, loadingMilliseconds }: LaneOffer,
  now: number,
): string | null {
  const oldest = (person: string) =>
    Math.min(...jobs.filter((job) => job.person === person).map(({ createdAt }) => createdAt));
  const able = jobs.filter(({ pack }) => packs?.includes(pack) ?? true);
  const top = able.filter(({ priority }) => priority === Math.max(...able.map((job) => job.priority)));
  const preferred = top.filter(
    ({ pack, createdAt }) => pack === loadedPack || now - createdAt >= loadingMilliseconds,
  );
  const choice = loadedPack === null || preferred.length === 0 ? top : preferred;
  const [first] = choice.toSorted(
    (a, b) =>
      (turns.get(a.person) ?? 0) - (turns.get(b.person) ?? 0) ||
      oldest(a.person) - oldest(b.person) ||
      a.person.localeCompare(b.person) ||
      a.createdAt - b.createdAt ||
      a.id.localeCompare(b.id),
  );
  return first?.id ?? null;
}

async function orderOf(store: Store): Promise<readonly string[]> {
  const { jobs, turns } = await store.jobs.waiting();
  return fairOrder(jobs, turns).map(({ id }) => id);
}

/** Some of the jobs change places, as those of one workspace do; gives them in the order in which they stood. */
async function moveSome(
  store: Store,
  random: { readonly integer: (below: number) => number },
): Promise<readonly string[]> {
  const some = (await orderOf(store)).filter(() => random.integer(3) === 0);
  await store.jobs.moveWithin(some);
  return some;
}
