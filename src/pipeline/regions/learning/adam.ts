/** Adam over one row of parameters. */
export interface Adam {
  /** Moves the parameters by one step against the gradient, in place; the moments are kept for the next step. */
  update(parameters: Float32Array, gradient: Float32Array): void;
}

/** Adam's learning rate, the paper's. */
const learningRate = 0.003;

/**
 * Adam (Kingma and Ba, algorithm 1) with its usual constants, in float32 as a backend of TensorFlow.js rounds. A loop,
 * because as a dozen operations on tensors it takes longer than the rest of a training step.
 */
export function createAdam(length: number): Adam {
  const round = Math.fround;
  const [decay1, decay2, epsilon] = [round(0.9), round(0.999), round(1e-8)];
  const [share1, share2] = [round(1 - 0.9), round(1 - 0.999)];
  const means = new Float32Array(length);
  const squares = new Float32Array(length);
  let steps = 0;
  return {
    update(parameters, gradient) {
      steps++;
      // Both corrections of the moments' bias as one factor, so that the moments themselves stay as they are.
      const rate = round((learningRate * Math.sqrt(1 - 0.999 ** steps)) / (1 - 0.9 ** steps));
      for (let index = 0; index < length; index++) {
        const slope = gradient[index] as number;
        const mean = round(round((means[index] as number) * decay1) + round(slope * share1));
        const square = round(
          round((squares[index] as number) * decay2) + round(round(slope * slope) * share2),
        );
        means[index] = mean;
        squares[index] = square;
        const step = round(round(mean / round(round(Math.sqrt(square)) + epsilon)) * rate);
        parameters[index] = (parameters[index] as number) - step;
      }
    },
  };
}
