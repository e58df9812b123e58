import { createHeap } from "./heap.ts";

/** A job that waits in a simulated day. Times are seconds since midnight. */
export interface SimulatedJob {
  readonly person: number;
  readonly at: number;
  readonly seconds: number;
  /** One of many that a person asked for at once. */
  readonly isBulk: boolean;
}

/** Jobs that wait for a bot's lanes. */
export interface Line {
  readonly size: number;
  add(job: SimulatedJob): void;
  next(): SimulatedJob | undefined;
}

interface WaitingPerson {
  readonly person: number;
  /** The number of the claim that was theirs last; 0 for who never had one. */
  turn: number;
  readonly jobs: SimulatedJob[];
  /** Of `jobs`: those before are claimed. */
  first: number;
}

/**
 * The order of `src/queue/fair-order.ts` for jobs of one priority, in a form that is quick enough for a million of them: who had a
 * turn longest ago is next, with the oldest of their jobs. `test/bench/fair-line.test.ts` holds it to that order.
 */
export function createFairLine(): Line {
  const turns = new Map<number, number>();
  const waiting = new Map<number, WaitingPerson>();
  const oldest = ({ jobs, first }: WaitingPerson) => jobs[first]?.at ?? 0;
  const row = createHeap<WaitingPerson>(
    (a, b) => (a.turn - b.turn || oldest(a) - oldest(b) || a.person - b.person) < 0,
  );
  let claims = 0;
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(job) {
      size += 1;
      const known = waiting.get(job.person);
      if (known) return void known.jobs.push(job);
      const person = { person: job.person, turn: turns.get(job.person) ?? 0, jobs: [job], first: 0 };
      waiting.set(job.person, person);
      row.push(person);
    },
    next() {
      const person = row.pop();
      if (!person) return undefined;
      const job = person.jobs[person.first++];
      size -= 1;
      person.turn = ++claims;
      turns.set(person.person, person.turn);
      if (person.first < person.jobs.length) row.push(person);
      else waiting.delete(person.person);
      return job;
    },
  };
}

/** First come, first served: to compare with. */
export function createPlainLine(): Line {
  const jobs: SimulatedJob[] = [];
  let first = 0;
  return {
    get size() {
      return jobs.length - first;
    },
    add: (job) => void jobs.push(job),
    next() {
      const job = jobs[first];
      if (job) first += 1;
      if (first > 10_000) {
        jobs.splice(0, first);
        first = 0;
      }
      return job;
    },
  };
}
