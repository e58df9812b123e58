import { z } from "zod";
import { required } from "../../required.ts";
import { multistepSchedule, multistepSchema } from "../multistep-schedule.ts";
import { levelOfSigma, predictionAt, valueAt } from "../noise-schedule.ts";
import { mix, type Sampler, type SamplerOptions } from "../sampler.ts";

const schema = multistepSchema.extend({
  // Names of other solvers' variants stand for bh2 where a config was written for another class.
  solver_type: z.enum(["bh1", "bh2", "midpoint", "heun", "logrho"]).default("bh2"),
  solver_order: z.union([z.literal(1), z.literal(2), z.literal(3)]).default(2),
  predict_x0: z.boolean().default(true),
  /** Steps whose result is not corrected. */
  disable_corrector: z.array(z.int()).default([]),
  solver_p: z.null().optional(),
  variance_type: z.null().optional(),
});

/** What the UNet gave at an entry of the schedule: the clean sample, or the noise. */
interface UnetOutput {
  readonly index: number;
  readonly values: Float32Array;
}

/**
 * UniPC of first to third order, algorithms 5 to 8 of https://arxiv.org/abs/2302.04867: each step predicts the next
 * sample, which the next output of the UNet corrects before it is used.
 */
export function createUnipc(rawConfig: unknown, { steps }: SamplerOptions): Sampler {
  const config = schema.parse(rawConfig);
  const { timesteps, sigmas } = multistepSchedule(config, steps);
  const kind = config.predict_x0 ? "clean" : "noise";
  /** Newest first. */
  let outputs: UnetOutput[] = [];
  let last: { readonly sample: Float32Array; readonly order: number } | null = null;

  const levelAt = (index: number) => levelOfSigma(valueAt(sigmas, index));
  /** Half the logarithm of the signal-to-noise ratio, lambda of the paper. */
  const ratioAt = (index: number) => -Math.log(valueAt(sigmas, index));

  function orderAt(index: number): number {
    // Nothing but the newest output can be taken to where no noise is left.
    if (valueAt(sigmas, index + 1) === 0) return 1;
    const left = config.lower_order_final ? timesteps.length - index : config.solver_order;
    return Math.min(config.solver_order, left, outputs.length);
  }

  /** Moves `sample` from the newest output's entry to `to`, with what is known there where it is corrected. */
  function move(sample: Float32Array, to: number, order: number, current: Float32Array | null): void {
    const newest = required(outputs[0], "an output of the UNet");
    const [from, next] = [levelAt(newest.index), levelAt(to)];
    const width = ratioAt(to) - ratioAt(newest.index);
    // Equal neighbours, as a thousand steps have them, leave nothing to move by.
    if (width === 0) return;
    const signed = config.predict_x0 ? -width : width;
    if (config.predict_x0) {
      mix(next.noise / from.noise, sample, -next.signal * Math.expm1(signed), newest.values, sample);
    } else {
      const change = next.signal * (valueAt(sigmas, newest.index) - valueAt(sigmas, to));
      mix(next.signal / from.signal, sample, -change, newest.values, sample);
    }
    const earlier = outputs
      .slice(1, order)
      .map(({ index, values }) => ({ share: (ratioAt(index) - ratioAt(newest.index)) / width, values }))
      .filter(({ share }) => share !== 0);
    const points = current === null ? earlier : [...earlier, { share: 1, values: current }];
    if (points.length === 0) return;
    const shares = points.map(({ share }) => share);
    const weights = weightsOf(shares, signed, config.solver_type === "bh1" ? signed : Math.expm1(signed));
    const scale = -(config.predict_x0 ? next.signal : next.noise);
    for (const [position, { share, values }] of points.entries()) {
      const weight = (scale * valueAt(weights, position)) / share;
      for (let i = 0; i < sample.length; i++) {
        const difference = (values[i] as number) - (newest.values[i] as number);
        sample[i] = (sample[i] as number) + weight * difference;
      }
    }
  }

  return {
    timesteps,
    sigmas,
    initNoiseSigma: 1,
    inputScale: () => 1,
    drawsNoise: () => false,

    step(index, modelOutput, sample) {
      const prediction = predictionAt(config.prediction_type, levelAt(index))[kind];
      const values = new Float32Array(sample.length);
      mix(prediction.sample, sample, prediction.output, modelOutput, values);
      if (last !== null && !config.disable_corrector.includes(index - 1)) {
        sample.set(last.sample);
        move(sample, index, last.order, values);
      }
      outputs = [{ index, values }, ...outputs].slice(0, config.solver_order);
      const order = orderAt(index);
      last = { sample: sample.slice(), order };
      move(sample, index + 1, order, null);
    },

    addNoise(original, noise, index, out) {
      const level = levelAt(index);
      mix(level.signal, original, level.noise, noise, out);
    },
  };
}

/**
 * B(h) times the weights of the differences at `shares` of the step, so that every power of the step up to their number is
 * met (equation 4 of the paper). One point alone is weighed by a half, which meets it as B(h) does.
 */
function weightsOf(shares: readonly number[], signed: number, scale: number): number[] {
  if (shares.length === 1) return [0.5 * scale];
  let phi = Math.expm1(signed) / signed - 1;
  let factorial = 1;
  const targets = shares.map((_, power) => {
    const target = phi * factorial;
    factorial *= power + 2;
    phi = phi / signed - 1 / factorial;
    return target;
  });
  return solved(
    targets.map((_, power) => shares.map((share) => share ** power)),
    targets,
  );
}

/** The solution of so many linear equations, by elimination with the largest pivot. */
function solved(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, index) => [...row, valueAt(right, index)]);
  const size = rows.length;
  for (let column = 0; column < size; column++) {
    const below = rows.slice(column);
    const pivot = below.reduce((most, row) =>
      Math.abs(valueAt(row, column)) > Math.abs(valueAt(most, column)) ? row : most,
    );
    rows.splice(rows.indexOf(pivot), 1);
    rows.splice(column, 0, pivot);
    for (const row of rows) {
      if (row === pivot) continue;
      const share = valueAt(row, column) / valueAt(pivot, column);
      for (let i = column; i <= size; i++) row[i] = valueAt(row, i) - share * valueAt(pivot, i);
    }
  }
  return rows.map((row, index) => valueAt(row, size) / valueAt(row, index));
}
