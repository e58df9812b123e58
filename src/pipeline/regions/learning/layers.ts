import * as tf from "@tensorflow/tfjs-core";
import type { Tensor } from "../../nets/tensor.ts";

/*
 * The layers of the region network with their gradients. TensorFlow.js multiplies the matrices, which is what takes long; the
 * rest is loops over their numbers, rounded to float32 where it would round. Each operation costs it 20 to 40 microseconds
 * besides the work, and a training step of operations alone has more than fifty. What is multiplied is transposed here
 * before, because WebAssembly multiplies transposed matrices eight times as slowly.
 */

/** Numbers `[rows, columns]`. */
export interface Matrix extends Tensor {
  readonly shape: readonly [rows: number, columns: number];
}

/** A layer's weight `[from, to]` and bias `[to]`, or where the gradients with respect to them are written. */
export interface Layer {
  readonly weight: Matrix;
  readonly bias: Float32Array;
}

/** A matrix that is used once, or one that TensorFlow.js keeps. */
type Operand = Matrix | tf.Tensor2D;

/** `a [rows, inner]` times `b [inner, columns]`. */
export function product(a: Operand, b: Operand): Matrix {
  const [left, right] = [tensorOf(a), tensorOf(b)];
  const result = tf.matMul(left, right);
  const data = result.dataSync<"float32">();
  result.dispose();
  if (left !== a) left.dispose();
  if (right !== b) right.dispose();
  const [rows = 0, columns = 0] = result.shape;
  return { data, shape: [rows, columns] };
}

function tensorOf(operand: Operand): tf.Tensor2D {
  return operand instanceof tf.Tensor ? operand : tf.tensor2d(operand.data, [...operand.shape]);
}

/** `input [rows, from]` times the weight plus the bias. On rows of pixels this is a 1x1 convolution. */
export function linear(input: Operand, { weight, bias }: Layer): Matrix {
  const output = product(input, weight);
  for (let start = 0; start < output.data.length; start += bias.length) addTo(output.data, start, bias);
  return output;
}

function addTo(values: Float32Array, start: number, terms: Float32Array): void {
  for (let index = 0; index < terms.length; index++)
    values[start + index] = (values[start + index] as number) + (terms[index] as number);
}

/** Negative numbers become 0, in place. */
export function relu(matrix: Matrix): Matrix {
  const { data } = matrix;
  for (let index = 0; index < data.length; index++) if ((data[index] as number) < 0) data[index] = 0;
  return matrix;
}

/** Makes the gradient of a ReLU's output, which is given, that of its input, in place. */
export function reluGradient(output: Matrix, outputGradient: Matrix): Matrix {
  const { data } = outputGradient;
  for (let index = 0; index < data.length; index++)
    if (!((output.data[index] as number) > 0)) data[index] = 0;
  return outputGradient;
}

/** Gives the gradient with respect to the input, and writes the layer's. */
export function linearGradients(input: Matrix, layer: Layer, outputGradient: Matrix, out: Layer): Matrix {
  const turned = transposed(outputGradient);
  const ofWeight = product(turned, input);
  transposeInto(ofWeight.data, ofWeight.shape[1], out.weight.data, 0);
  sumColumns(outputGradient, out.bias);
  return transposed(product(layer.weight, turned));
}

/** Writes a layer's gradients alone; the first layer's input is the same at every step, and so is its transpose. */
export function linearWeightGradients(transposedInput: Operand, outputGradient: Matrix, out: Layer): void {
  out.weight.data.set(product(transposedInput, outputGradient).data);
  sumColumns(outputGradient, out.bias);
}

/**
 * What a 3x3 convolution with zero padding sees: for every pixel its neighbourhood, nine taps in row-major order.
 *
 * @param pixels `[maps * side * side, channels]`.
 * @param scratch of this place alone; what is returned lies in it until it is used again.
 * @returns `[maps * side * side, 9 * channels]`; times a `[9 * channels, to]` weight it is the convolution.
 */
export function neighbourhoods(pixels: Matrix, side: number, scratch: Scratch): Matrix {
  const [rows, channels] = pixels.shape;
  // Whole numbers of the same bits are moved without being widened to 64 bits and back.
  const { buffer, byteOffset, length } = pixels.data;
  const values = new Int32Array(buffer, byteOffset, length);
  const around = scratch(rows * 9 * channels);
  for (let pixel = 0; pixel < rows; pixel++) {
    const row = Math.floor(pixel / side) % side;
    const column = pixel % side;
    // Taps of one line lie side by side in both.
    const left = column > 0 ? -1 : 0;
    const count = (column < side - 1 ? 2 : 1) - left;
    for (let down = row > 0 ? -1 : 0; down <= (row < side - 1 ? 1 : 0); down++) {
      const from = (pixel + down * side + left) * channels;
      copy(values, from, count * channels, around, (pixel * 9 + (down + 1) * 3 + left + 1) * channels);
    }
  }
  return { data: new Float32Array(around.buffer), shape: [rows, 9 * channels] };
}

function copy(values: Int32Array, from: number, length: number, out: Int32Array, to: number): void {
  for (let index = 0; index < length; index++) out[to + index] = values[from + index] as number;
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

/**
 * Gives the gradient with respect to a 3x3 convolution's input, the convolution of the output's with the turned kernel,
 * and writes the layer's.
 */
export function convolutionGradients(
  inputNeighbourhoods: Matrix,
  { weight }: Layer,
  outputGradient: Matrix,
  out: Layer,
  { side, scratch }: { readonly side: number; readonly scratch: Scratch },
): Matrix {
  linearWeightGradients(transposed(inputNeighbourhoods), outputGradient, out);
  return product(neighbourhoods(outputGradient, side, scratch), turnedKernel(weight));
}

/** `[9 * to, from]` of a `[9 * from, to]` kernel: the taps in opposite order, each transposed. */
function turnedKernel({ data, shape }: Matrix): Matrix {
  const [from, to] = [shape[0] / 9, shape[1]];
  const turned = new Float32Array(data.length);
  for (let tap = 0; tap < 9; tap++) {
    const start = tap * from * to;
    transposeInto(data.subarray(start, start + from * to), to, turned, (8 - tap) * from * to);
  }
  return { data: turned, shape: [9 * to, from] };
}

function transposed({ data, shape: [rows, columns] }: Matrix): Matrix {
  const turned = new Float32Array(data.length);
  transposeInto(data, columns, turned, 0);
  return { data: turned, shape: [columns, rows] };
}

/** Writes a matrix of so many columns the other way round. */
function transposeInto(data: Float32Array, columns: number, out: Float32Array, start: number): void {
  const rows = data.length / columns;
  for (let row = 0; row < rows; row++) {
    for (let column = 0, to = start + row; column < columns; column++, to += rows)
      out[to] = data[row * columns + column] as number;
  }
}

function sumColumns({ data }: Matrix, out: Float32Array): void {
  out.fill(0);
  for (let start = 0; start < data.length; start += out.length)
    addTo(out, 0, data.subarray(start, start + out.length));
}
