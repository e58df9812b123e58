import type { Comparison } from "../../../src/eval/statistics/people-preference.ts";
import { createRandom } from "../../../src/pipeline/random.ts";

/** Voters whose taste is known: of a person, of a picture, and of chance. */
export interface SimulatedStudy {
  /** Log odds by method: how much each is liked. */
  readonly scores: Readonly<Record<string, number>>;
  readonly people: number;
  readonly pictures: number;
  /** Pictures that each person votes on, drawn anew for each. */
  readonly votesEach: number;
  /** Standard deviation of what a person adds to the log odds of the pair, and of what a picture adds. */
  readonly personSpread: number;
  readonly pictureSpread: number;
  /** Probability that a voter calls it a tie, whatever they prefer. Default 0. */
  readonly ties?: number;
}

/** Votes of one study; each person sees a picture once, with two methods that are drawn. */
export function simulateVotes(study: SimulatedStudy, seed: number): Comparison[] {
  const { scores, people, pictures, votesEach, personSpread, pictureSpread, ties = 0 } = study;
  const random = createRandom(seed, "voters");
  const methods = Object.keys(scores);
  const effect = new Map<string, number>();
  const effectOf = (name: string, spread: number) => {
    const known = effect.get(name) ?? spread * random.gaussian();
    effect.set(name, known);
    return known;
  };
  const votes: Comparison[] = [];
  for (let person = 0; person < people; person++) {
    const order = Array.from({ length: pictures }, (_, index) => index);
    for (let count = 0; count < votesEach; count++) {
      const drawn = count + random.integer(pictures - count);
      [order[count], order[drawn]] = [order[drawn] ?? 0, order[count] ?? 0];
      const one = random.integer(methods.length);
      const other = (one + 1 + random.integer(methods.length - 1)) % methods.length;
      const [first, second] = [methods[Math.min(one, other)] ?? "", methods[Math.max(one, other)] ?? ""];
      const picture = `picture ${order[count]}`;
      const odds =
        (scores[first] ?? 0) -
        (scores[second] ?? 0) +
        effectOf(`person ${person} ${first} ${second}`, personSpread) +
        effectOf(`${picture} ${first} ${second}`, pictureSpread);
      const isTie = random.uniform() < ties;
      const isFirst = random.uniform() < 1 / (1 + Math.exp(-odds));
      votes.push({
        person: `person ${person}`,
        picture,
        first,
        second,
        share: isTie ? 0.5 : Number(isFirst),
      });
    }
  }
  return votes;
}

/** The share of all such people and pictures who prefer the first, by summing over what they add to the log odds. */
export function trueShare(difference: number, personSpread: number, pictureSpread: number, ties = 0): number {
  const spread = Math.hypot(personSpread, pictureSpread);
  let [sum, weight] = [0, 0];
  for (let z = -8; z <= 8; z += 0.01) {
    const density = Math.exp(-(z ** 2) / 2);
    sum += density / (1 + Math.exp(-(difference + spread * z)));
    weight += density;
  }
  return ties / 2 + (1 - ties) * (sum / weight);
}
