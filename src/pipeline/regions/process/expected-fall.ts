import { normalDensity, normalProbability } from "./normal.ts";

/**
 * How far the least of several means is expected to fall by one look that moves each by its slope times one standard normal
 * number Z: min mean - E[min (mean + slope Z)], at least 0. Made once for many calls.
 *
 * This is the knowledge gradient (Frazier, Powell, Dayanik, "The knowledge-gradient policy for correlated normal beliefs",
 * 2009) for a minimum. The least of straight lines in Z is made of pieces of them, each less steep than the one before. It is
 * concave, so what it loses in the mean is the sum over its bends of the change of slope times E[(Z - |where it bends|)+].
 *
 * @param most means of one call
 */
export function createExpectedFall(
  most: number,
): (means: ArrayLike<number>, slopes: ArrayLike<number>, count: number) => number {
  const order = new Int32Array(most);
  const kept = new Int32Array(most);
  const bends = new Float64Array(most);
  return (means, slopes, count) => {
    sortBySlope(order, means, slopes, count);
    let pieces = 0;
    for (let index = 0; index < count; index++) {
      const line = order[index] as number;
      let from = Number.NEGATIVE_INFINITY;
      while (pieces > 0) {
        const before = kept[pieces - 1] as number;
        const flatter = (slopes[before] as number) - (slopes[line] as number);
        // Of parallel lines the lower one came first.
        from =
          flatter > 0
            ? ((means[line] as number) - (means[before] as number)) / flatter
            : Number.POSITIVE_INFINITY;
        if (from > (bends[pieces - 1] as number)) break;
        pieces--;
        from = Number.NEGATIVE_INFINITY;
      }
      if (from === Number.POSITIVE_INFINITY) continue;
      kept[pieces] = line;
      bends[pieces++] = from;
    }
    let fall = 0;
    for (let piece = 1; piece < pieces; piece++) {
      const flatter =
        (slopes[kept[piece - 1] as number] as number) - (slopes[kept[piece] as number] as number);
      fall += flatter * expectedBeyond(Math.abs(bends[piece] as number));
    }
    return fall;
  };
}

/** E[(Z - z)+] for z of at least 0. */
function expectedBeyond(z: number): number {
  return z > 8 ? 0 : Math.max(0, normalDensity(z) - z * normalProbability(-z));
}

/** By falling slope, of equal slopes by rising mean; by insertion, because there are few. */
function sortBySlope(
  order: Int32Array,
  means: ArrayLike<number>,
  slopes: ArrayLike<number>,
  count: number,
): void {
  for (let next = 0; next < count; next++) {
    const [slope, mean] = [slopes[next] as number, means[next] as number];
    let place = next;
    for (; place > 0; place--) {
      const before = order[place - 1] as number;
      const steeper = (slopes[before] as number) - slope;
      if (steeper > 0 || (steeper === 0 && (means[before] as number) <= mean)) break;
      order[place] = before;
    }
    order[place] = next;
  }
}
