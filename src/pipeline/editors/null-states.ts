import { setImmediate as nextTurn } from "node:timers/promises";
import { EditError, throwIfCancelled } from "../../errors.ts";
import { required } from "../nets/required.ts";
import type { DdimInversion } from "../nets/sampling/ddim-inversion.ts";
import { valueAt } from "../nets/sampling/noise-schedule.ts";
import type { Tensor } from "../nets/tensor.ts";
import type { TextGradient } from "../nets/unet/text-gradient.ts";
import { requireInRange } from "./inversion.ts";
import { guided, type Streams } from "./streams.ts";

/** Updates of the states at each step, at most. */
export const mostUpdates = 10;

export interface NullStatesOptions {
  readonly schedule: DdimInversion;
  /** The picture's latents and those after each step of its inversion, from clean to noisy. */
  readonly trajectory: readonly Float32Array[];
  /** What the picture shows, `[1, tokens, width]`. */
  readonly text: Tensor;
  /** What is learned begins with it: the empty prompt's states. */
  readonly start: Tensor;
  readonly guidance: number;
  readonly signal: AbortSignal | undefined;
  /** Called `mostUpdates` times for each step, also where fewer were needed. */
  readonly onUpdate: () => void;
}

/** What stands for the empty prompt at one step. */
export interface NullStates {
  /** `[1, tokens, width]` */
  readonly states: Tensor;
  /** How many updates it took. */
  readonly updates: number;
}

/**
 * Algorithm 1 of https://arxiv.org/abs/2211.09794: from the noisiest step on, states that guide a walk for the picture's own text along its
 * inversion, each step's beginning with those of the last.
 * @returns those of each step, from noisy to clean.
 * @throws EditError `inversion-diverged` where no such walk is found; `cancelled` between updates
 */
export async function learnNullStates(streams: Streams, options: NullStatesOptions): Promise<NullStates[]> {
  const { schedule, trajectory, text, start, guidance } = options;
  const steps = trajectory.length - 1;
  const picture = streams.clean.data;
  const at = (index: number) => required(trajectory[index], "latents of each step of an inversion");
  const learned: NullStates[] = [];
  let states = start;
  let latents = at(steps);

  for (let step = 0; step < steps; step++) {
    const index = steps - 1 - step;
    const timestep = valueAt(schedule.timesteps, index);
    const { sample, output } = schedule.back(index);
    const predict = async (one: Tensor) =>
      required((await streams.predict([{ latents, text: one, picture }], timestep))[0], "a prediction");
    const forText = await predict(text);

    // A guided step ends at `factor` times the prediction for the states, and what does not depend on them.
    const target = at(index).map(
      (value, i) => value - sample * (latents[i] as number) - output * guidance * (forText[i] as number),
    );
    const aim = { factor: output * (1 - guidance), target };
    const current = latents;
    const gradientAt = (one: Tensor) =>
      streams.textGradient({ latents: current, text: one, picture }, timestep, aim);
    const found = await learnStep(states, gradientAt, { ...options, step, steps });
    learned.push(found);
    states = found.states;

    const prediction = guided(await predict(states), forText, guidance);
    latents = latents.map((value, i) => sample * value + output * (prediction[i] as number));
    requireInRange(latents, "it was learned what stands for the empty prompt");
  }
  return learned;
}

/** At most `mostUpdates` of them, until the step ends closely enough to the inversion's. */
async function learnStep(
  start: Tensor,
  gradientAt: (states: Tensor) => Promise<TextGradient>,
  {
    step,
    steps,
    guidance,
    signal,
    onUpdate,
  }: Pick<NullStatesOptions, "guidance" | "signal" | "onUpdate"> & {
    readonly step: number;
    readonly steps: number;
  },
): Promise<NullStates> {
  const states = { ...start, data: start.data.slice() };
  const adam = createAdam(states.data.length, learningRate(step, steps));
  let updates = 0;
  let isClose = guidance === 1; // Nothing is guided away from then.
  while (updates < mostUpdates && !isClose) {
    throwIfCancelled(signal);
    const { loss, gradient } = await gradientAt(states);
    requireFinite(loss);
    adam.update(states.data, gradient.data);
    isClose = loss < closeEnough(step, steps);
    updates++;
    onUpdate();
    await nextTurn();
  }
  for (let left = updates; left < mostUpdates; left++) onUpdate();
  return { states, updates };
}

/** The authors' rates and bounds are made for up to 50 steps; more share the way among themselves. */
const learningRate = (step: number, steps: number) => 1e-2 * (1 - step / Math.max(100, 2 * steps));
const closeEnough = (step: number, steps: number) => 1e-5 + step * 2e-5 * Math.min(1, 50 / steps);

function requireFinite(loss: number): void {
  if (Number.isFinite(loss)) return;
  throw new EditError(
    "inversion-diverged",
    `Expected an error while it was learned what stands for the empty prompt, got ${loss}. Try more steps.`,
  );
}

interface Adam {
  /** Moves the parameters against the gradient, in place. */
  update(parameters: Float32Array, gradient: Float32Array): void;
}

/** Adam (https://arxiv.org/abs/1412.6980, algorithm 1) with its usual constants, as PyTorch has it. */
function createAdam(length: number, rate: number): Adam {
  const means = new Float64Array(length);
  const squares = new Float64Array(length);
  let steps = 0;
  return {
    update(parameters, gradient) {
      steps++;
      const [ofMean, ofSquare] = [1 - 0.9 ** steps, Math.sqrt(1 - 0.999 ** steps)];
      for (let i = 0; i < length; i++) {
        const slope = gradient[i] as number;
        const mean = 0.9 * (means[i] as number) + 0.1 * slope;
        const square = 0.999 * (squares[i] as number) + 0.001 * slope * slope;
        means[i] = mean;
        squares[i] = square;
        const spread = Math.sqrt(square) / ofSquare + 1e-8;
        parameters[i] = (parameters[i] as number) - ((rate / ofMean) * mean) / spread;
      }
    },
  };
}
