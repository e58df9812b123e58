/**
 * A Gaussian process over a few places that are looked at one after the other. What a look leaves uncertain does not
 * depend on what is seen, so looks may be planned before anything is seen.
 */
export interface GaussianProcess {
  /** `[places, places]`, row-major, of what is still uncertain after the looks so far. Not to be changed. */
  readonly covariance: Float64Array;
  /**
   * Looks once at a place: its own variance and that of all that goes with it become smaller.
   *
   * @param noise Variance of what is seen about what is there, above 0.
   */
  look(place: number, noise: number): void;
  /**
   * The mean of every place once the first looks have shown `seen`, in their order.
   *
   * @param expected what was expected of every place before.
   * @throws RangeError for more values than looks, or for one that is no finite number
   */
  means(seen: readonly number[], expected: Float64Array): Float64Array;
}

/**
 * Conditions place by place (a Kalman filter without motion), which gives the same posterior as solving with the
 * covariance of all looks, in the square of the number of places a look.
 *
 * @param prior `[places, places]`, row-major, symmetric, positive semidefinite.
 */
export function createGaussianProcess(prior: Float64Array): GaussianProcess {
  const places = Math.sqrt(prior.length);
  const covariance = prior.slice();
  const looks: { readonly place: number; readonly gain: Float64Array }[] = [];
  return {
    covariance,
    look(place, noise) {
      const row = covariance.slice(place * places, (place + 1) * places);
      const variance = (row[place] ?? Number.NaN) + noise;
      const gain = row.map((value) => value / variance);
      for (let i = 0, cell = 0; i < places; i++) {
        const share = gain[i] as number;
        for (let j = 0; j < places; j++, cell++) {
          covariance[cell] = (covariance[cell] as number) - share * (row[j] as number);
        }
      }
      looks.push({ place, gain });
    },
    means(seen, expected) {
      const means = expected.slice();
      for (const [index, value] of seen.entries()) {
        const look = looks[index];
        if (!look || !Number.isFinite(value))
          throw new RangeError(
            `Expected a number for each of ${looks.length} looks, got ${value} for look ${index + 1}.`,
          );
        const surprise = value - (means[look.place] as number);
        for (let place = 0; place < places; place++) {
          means[place] = (means[place] as number) + (look.gain[place] as number) * surprise;
        }
      }
      return means;
    },
  };
}
