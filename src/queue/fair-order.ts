import type { WaitingJob } from "../store/jobs.ts";

/**
 * All waiting jobs in the order in which a lane that runs every pack would claim them: higher priority first; then round the
 * people, who had a turn longest ago first, those who never had one before all, by how long their oldest job waits; then
 * age. `turns` are numbers of claims, as `JobStore.waiting` gives them. Repeated `JobStore.claim` gives the same order.
 */
export function fairOrder(
  jobs: readonly WaitingJob[],
  turns: ReadonlyMap<string, number>,
): readonly WaitingJob[] {
  const people = new Map<string, Person>();
  let lastTurn = 0;
  for (const { person, createdAt } of jobs) {
    const known = people.get(person);
    const turn = known?.turn ?? turns.get(person) ?? 0;
    lastTurn = Math.max(lastTurn, turn);
    people.set(person, { person, turn, oldest: Math.min(known?.oldest ?? createdAt, createdAt) });
  }
  const order: WaitingJob[] = [];
  for (const level of levelsOf(jobs)) {
    for (const job of roundRobin(level, people)) {
      order.push(job);
      lastTurn++;
      const person = people.get(job.person);
      if (person) person.turn = lastTurn;
    }
  }
  return order;
}

interface Person {
  readonly person: string;
  turn: number;
  readonly oldest: number;
}

/** Jobs of each priority, the highest first. */
function levelsOf(jobs: readonly WaitingJob[]): readonly (readonly WaitingJob[])[] {
  const levels = groupsOf(jobs, ({ priority }) => priority);
  return [...levels].sort(([a], [b]) => b - a).map(([, level]) => level);
}

/** One job of each person who has any left, round and round; who was served goes to the end of the row. */
function roundRobin(jobs: readonly WaitingJob[], people: ReadonlyMap<string, Person>): readonly WaitingJob[] {
  const stacks = [...groupsOf(jobs, ({ person }) => person)]
    .map(([person, own]) => ({ person: people.get(person), own: own.toSorted(byAge) }))
    .sort((a, b) => byTurn(a.person, b.person))
    .map(({ own }) => own);
  const order: WaitingJob[] = [];
  let row = stacks;
  for (let round = 0; row.length > 0; round++) {
    row = row.filter((own) => own.length > round);
    for (const own of row) {
      const job = own[round];
      if (job) order.push(job);
    }
  }
  return order;
}

/** As `Map.groupBy`, which Node 20 does not have. */
function groupsOf<Key, Value>(values: readonly Value[], keyOf: (value: Value) => Key): Map<Key, Value[]> {
  const groups = new Map<Key, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

function byTurn(a: Person | undefined, b: Person | undefined): number {
  if (!a || !b) return 0;
  return a.turn - b.turn || a.oldest - b.oldest || compareText(a.person, b.person);
}

function byAge(a: WaitingJob, b: WaitingJob): number {
  return a.createdAt - b.createdAt || compareText(a.id, b.id);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
