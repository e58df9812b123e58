import type { NewStudy, Showing, Tally } from "../../store/studies.ts";
import type { StudyPicture } from "./study-set.ts";

// Which pair a voter sees next. Every pair of methods is shown equally often, each method as often on the left as on the right,
// and a voter sees as many different pictures as there are.

/** What a voter is to see. */
export interface Pair {
  readonly picture: string;
  readonly left: string;
  readonly right: string;
  readonly garbled: "left" | "right" | null;
}

export interface PairingOrder {
  readonly study: Pick<NewStudy, "methods" | "against" | "pairsPerVoter">;
  /** Those that can be shown. */
  readonly pictures: readonly StudyPicture[];
  /** What this voter was shown so far. */
  readonly shown: readonly Pick<Showing, "picture" | "left" | "right" | "garbled">[];
  /** What all were shown. */
  readonly tally: readonly Tally[];
  /** Uniform whole number from 0 to `bound` - 1. */
  readonly integer: (bound: number) => number;
}

/** Of so many pairs in a row one is a check, and the first one comes among the first three. */
export const checkEvery = 10;
const firstCheckWithin = 3;

/** `null` where this voter has seen all that there is for them. */
export function nextPair(order: PairingOrder): Pair | null {
  const counted = order.shown.filter(({ garbled }) => garbled === null).length;
  if (counted >= order.study.pairsPerVoter) return null;
  const candidates = candidatesOf(order);
  if (candidates.length === 0) return null;
  return (isCheckDue(order) ? checkPair(order) : null) ?? comparedPair(candidates, order);
}

/** How many pairs that count this voter is shown in all. */
export function pairsFor({ study, pictures, shown }: Omit<PairingOrder, "tally" | "integer">): number {
  const left = candidatesOf({ study, pictures, shown }).length;
  return Math.min(study.pairsPerVoter, left + shown.filter(({ garbled }) => garbled === null).length);
}

/** Pairs of methods that a study compares. */
export function methodPairs({
  methods,
  against,
}: Pick<NewStudy, "methods" | "against">): (readonly [method: string, other: string])[] {
  if (against !== null) return methods.filter((each) => each !== against).map((other) => [against, other]);
  return methods.flatMap((method, index) =>
    methods.slice(index + 1).map((other) => [method, other] as const),
  );
}

interface Candidate {
  readonly picture: string;
  readonly methods: readonly [string, string];
}

function candidatesOf({ study, pictures, shown }: Omit<PairingOrder, "tally" | "integer">): Candidate[] {
  const seen = new Set(
    shown.flatMap(({ picture, left, right, garbled }) =>
      garbled === null ? [keyOf(picture, left, right)] : [],
    ),
  );
  return methodPairs(study).flatMap(([one, two]) =>
    pictures
      .filter(
        ({ picture, results }) => results.has(one) && results.has(two) && !seen.has(keyOf(picture, one, two)),
      )
      .map(({ picture }) => ({ picture, methods: [one, two] as const })),
  );
}

/** Of the two methods shown together least often so far; of their pictures one that this voter saw least, then that all saw least. */
function comparedPair(candidates: readonly Candidate[], { shown, tally, integer }: PairingOrder): Pair {
  const ofMethods = counted(tally, ({ left, right }) => keyOf(left, right));
  const ofPair = counted(tally, ({ picture, left, right }) => keyOf(picture, left, right));
  const ofVoter = counted(
    shown.map((each) => ({ ...each, count: 1 })),
    ({ picture }) => picture,
  );
  const chosen = leastOf(candidates, integer, [
    ({ methods }) => ofMethods(keyOf(...methods)),
    ({ picture }) => ofVoter(picture),
    ({ picture, methods }) => ofPair(keyOf(picture, ...methods)),
  ]);
  const [one, two] = chosen.methods;
  // How much more often than on the right a method stood on the left.
  const lean = (method: string) =>
    tally.reduce((sum, { left, right, count }) => {
      return sum + (left === method ? count : 0) - (right === method ? count : 0);
    }, 0);
  const difference = lean(one) - lean(two);
  const isOneLeft = difference === 0 ? integer(2) === 0 : difference < 0;
  const [left, right] = isOneLeft ? [one, two] : [two, one];
  return { picture: chosen.picture, left, right, garbled: null };
}

/** One result beside itself in pieces; `null` where this voter had such a pair of every picture. */
function checkPair({ study, pictures, shown, integer }: PairingOrder): Pair | null {
  const had = new Set(shown.flatMap(({ picture, garbled }) => (garbled === null ? [] : [picture])));
  const fresh = pictures.filter(({ picture }) => !had.has(picture));
  if (fresh.length === 0) return null;
  const times = counted(
    shown.map((each) => ({ ...each, count: 1 })),
    ({ picture }) => picture,
  );
  const { picture, results } = leastOf(fresh, integer, [({ picture: name }) => times(name)]);
  const methods = study.methods.filter((method) => results.has(method));
  const method = methods[integer(methods.length)];
  if (method === undefined) return null;
  return { picture, left: method, right: method, garbled: integer(2) === 0 ? "left" : "right" };
}

/** Where in a row of pairs the check stands is not to be guessed. */
function isCheckDue({ shown, integer }: PairingOrder): boolean {
  const last = shown.findLastIndex(({ garbled }) => garbled !== null);
  const since = shown.length - 1 - last;
  if (last < 0) return since >= firstCheckWithin - 1 || integer(firstCheckWithin - since) === 0;
  const least = Math.ceil(checkEvery / 2);
  if (since < least) return false;
  return since >= checkEvery + least - 1 || integer(checkEvery + least - since) === 0;
}

function keyOf(...names: readonly string[]): string {
  const [first = "", ...rest] = names;
  return JSON.stringify(rest.length === 2 ? [first, ...rest.toSorted()] : names.toSorted());
}

function counted<T extends { readonly count: number }>(
  items: readonly T[],
  key: (item: T) => string,
): (name: string) => number {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + item.count);
  return (name) => counts.get(name) ?? 0;
}

/** The item of the least first figure, of these that of the least second, and so on; what is equal in all is drawn. */
function leastOf<T>(
  items: readonly T[],
  integer: PairingOrder["integer"],
  figures: readonly ((item: T) => number)[],
): T {
  let best = [...items];
  for (const figure of figures) {
    const least = Math.min(...best.map(figure));
    best = best.filter((item) => figure(item) === least);
  }
  const drawn = best[integer(best.length)];
  if (drawn === undefined) throw new RangeError("Expected an item to choose, got none.");
  return drawn;
}
