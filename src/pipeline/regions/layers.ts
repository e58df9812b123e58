import * as tf from "@tensorflow/tfjs-core";

/*
 * The layers of the region network with their gradients, written with the few operations that every TensorFlow.js
 * backend has. WebAssembly lacks Conv2DBackpropFilter, and multiplies transposed matrices eight times as slowly as
 * matrices that were transposed before.
 */

/** Gradients of a loss with respect to a layer's input, weight and bias. */
export interface LayerGradients {
  readonly input: tf.Tensor2D;
  readonly weight: tf.Tensor2D;
  readonly bias: tf.Tensor1D;
}

/** `input [rows, from]` times `weight [from, to]` plus `bias [to]`. On rows of pixels this is a 1x1 convolution. */
export function linear(input: tf.Tensor2D, weight: tf.Tensor2D, bias: tf.Tensor1D): tf.Tensor2D {
  return tf.add(tf.matMul(input, weight), bias);
}

export function linearGradients(
  input: tf.Tensor2D,
  weight: tf.Tensor2D,
  outputGradient: tf.Tensor2D,
): LayerGradients {
  return {
    input: tf.matMul(outputGradient, tf.transpose(weight)),
    ...linearWeightGradients(tf.transpose(input), outputGradient),
  };
}

/** The same without the input's gradient, for the first layer; its input's transpose is the same at every step. */
export function linearWeightGradients(
  transposedInput: tf.Tensor2D,
  outputGradient: tf.Tensor2D,
): Pick<LayerGradients, "weight" | "bias"> {
  return { weight: tf.matMul(transposedInput, outputGradient), bias: tf.sum(outputGradient, 0) };
}

/** The gradient that passes a ReLU whose output is given. */
export function reluGradient(output: tf.Tensor2D, outputGradient: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(outputGradient, tf.step(output));
}

/**
 * What a 3x3 convolution with zero padding sees: for every pixel its neighbourhood, nine taps in row-major order.
 *
 * @param pixels `[maps * side * side, channels]`.
 * @param scratch of this place alone; what is returned may lie in it until it is used again.
 * @returns `[maps * side * side, 9 * channels]`; times a `[9 * channels, to]` weight it is the convolution.
 */
export function neighbourhoods(pixels: tf.Tensor2D, side: number, scratch: Scratch): tf.Tensor2D {
  const [rows, channels] = pixels.shape;
  // Copied here: a pad, nine slices and a concatenation take several times as long as the product after them.
  // As whole numbers of the same bits, which are moved without being widened to 64 bits and back.
  const { buffer, byteOffset, length } = pixels.dataSync<"float32">();
  const values = new Int32Array(buffer, byteOffset, length);
  const around = scratch(rows * 9 * channels);
  for (let pixel = 0; pixel < rows; pixel++) {
    const [row, column] = [Math.floor(pixel / side) % side, pixel % side];
    // Taps of one line lie side by side in both.
    const left = column > 0 ? -1 : 0;
    const count = (column < side - 1 ? 2 : 1) - left;
    for (let down = row > 0 ? -1 : 0; down <= (row < side - 1 ? 1 : 0); down++) {
      const from = (pixel + down * side + left) * channels;
      const to = (pixel * 9 + (down + 1) * 3 + left + 1) * channels;
      for (let index = 0; index < count * channels; index++)
        around[to + index] = values[from + index] as number;
    }
  }
  return tf.tensor2d(new Float32Array(around.buffer), [rows, 9 * channels]);
}

/** Memory for so many numbers, zeros where nobody wrote before; what is written to changes from call to call. */
export type Scratch = (length: number) => Int32Array;

/** Memory that one caller uses again and again: fresh memory at each step keeps the garbage collector busy. */
export function createScratch(): Scratch {
  let memory = new Int32Array();
  return (length) => {
    if (memory.length !== length) memory = new Int32Array(length);
    return memory;
  };
}

/** Gradients of a 3x3 convolution: its input's is the convolution of the output's with the turned kernel. */
export function convolutionGradients(
  inputNeighbourhoods: tf.Tensor2D,
  weight: tf.Tensor2D,
  outputGradient: tf.Tensor2D,
  side: number,
  scratch: Scratch,
): LayerGradients {
  const [from, to] = [weight.shape[0] / 9, weight.shape[1]];
  const turned = tf.transpose(tf.reverse(tf.reshape(weight, [9, from, to]), 0), [0, 2, 1]);
  return {
    input: tf.matMul(neighbourhoods(outputGradient, side, scratch), tf.reshape(turned, [9 * to, from])),
    ...linearWeightGradients(tf.transpose(inputNeighbourhoods), outputGradient),
  };
}
