/** By how much the editing loss of a mask may be above that of the whole box. */
const tolerance = 0.01;

export interface Priced {
  /** Of the box, 0 to 1. */
  readonly share: number;
  /** Editing loss of the picture with it. */
  readonly loss: number;
}

/** The candidate of the smallest share whose loss is at most 1 % above the whole box's; `null` where there is none. */
export function smallestWithin<P extends Priced>(whole: number, candidates: readonly P[]): P | null {
  const good = candidates.filter(({ loss }) => loss <= whole * (1 + tolerance));
  return good.reduce<P | null>((best, one) => (best === null || one.share < best.share ? one : best), null);
}
