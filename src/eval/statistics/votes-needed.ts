import type { Preference } from "./people-preference.ts";
import { normal975 } from "./student.ts";

/** What is missing until a preference is known well enough. */
export type VotesNeeded =
  /** So many more votes, of people such as those so far and on the same pictures; 0 where it is known. */
  | { readonly kind: "votes"; readonly more: number }
  /** No number of votes will do: the pictures differ too much. The set needs at least so many pictures. */
  | { readonly kind: "pictures"; readonly atLeast: number };

/**
 * Votes that are still needed until the 95 % interval of a preference is `halfWidth` to either side. What people and single
 * votes add to the variance falls with the number of votes, what pictures add does not. Before anything is known of the spread,
 * independent votes of a share of a half are reckoned with: 1,068 for 3 %.
 * @param pictures Of the set.
 * @param halfWidth 0 to 0.5. Default 0.03.
 */
export function votesNeeded(
  { votes, variance, deviation }: Pick<Preference, "votes" | "variance" | "deviation">,
  pictures: number,
  halfWidth = 0.03,
): VotesNeeded {
  const target = (halfWidth / normal975) ** 2;
  const isKnown = deviation > 0;
  const byVotes = isKnown ? variance.byVotes * votes : 0.25;
  const byPictures = isKnown ? variance.byPictures : 0;
  if (byPictures >= target)
    return { kind: "pictures", atLeast: Math.ceil((pictures * byPictures) / target) + 1 };
  return { kind: "votes", more: Math.max(0, Math.ceil(byVotes / (target - byPictures)) - votes) };
}
