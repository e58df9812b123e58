import type { FloatTensor } from "../safetensors.ts";
import { sizeOf } from "../tensor.ts";
import {
  type AttributeProto,
  attributeType,
  dataType,
  type TensorProto,
  type ValueInfoProto,
} from "./onnx.ts";

// The parts of a graph as ONNX has them.

/** Floats are written `{ float: 1 }`, so that 1 stays an integer. */
export type Attribute = number | string | readonly number[] | { readonly float: number };
export type Attributes = Readonly<Record<string, Attribute>>;

/** A fixed side, or the name of one that is known only when the graph runs. */
export type Side = number | string;

/** Which part of a tensor, and how it is read. */
export interface TensorView {
  /** Read the same bytes in this shape, such as a 1×1 convolution as a matrix. */
  readonly as?: readonly number[];
  /** Only these rows, `[from, to)`. */
  readonly rows?: readonly [from: number, to: number];
}

/** What tensors of files are in ONNX. */
export const storedTypes: Readonly<Record<FloatTensor["dtype"], number>> = {
  F32: dataType.float32,
  F16: dataType.float16,
  BF16: dataType.bfloat16,
};

/** A pointer to a tensor, to some of its rows, or to the same bytes in another shape. */
export function externalTensor(
  name: string,
  { dtype, shape, offset, length }: FloatTensor,
  location: string,
  { as: dims = shape, rows }: TensorView,
): TensorProto {
  // A lone number has no axis, and is one row.
  const [count = 1, ...rest] = dims;
  const [from, to] = rows ?? [0, count];
  const sides = rows === undefined ? dims : [to - from, ...rest];
  const rowLength = length / count;
  const start = offset + from * rowLength;
  return {
    name: `${name}:${sides.join("x")}@${start}`,
    dims: sides,
    dataType: storedTypes[dtype],
    dataLocation: 1,
    externalData: [
      { key: "location", value: location },
      { key: "offset", value: String(start) },
      { key: "length", value: String((sizeOf(sides) / sizeOf(dims)) * length) },
    ],
  };
}

export function valueInfo(name: string, elemType: number, shape?: readonly Side[]): ValueInfoProto {
  const dim = shape?.map((side) => (typeof side === "number" ? { dimValue: side } : { dimParam: side }));
  return { name, type: { tensorType: dim === undefined ? { elemType } : { elemType, shape: { dim } } } };
}

export function attributeProto(name: string, setting: Attribute): AttributeProto {
  if (typeof setting === "number") return { name, type: attributeType.int, i: setting };
  if (typeof setting === "string")
    return { name, type: attributeType.string, s: new TextEncoder().encode(setting) };
  if ("float" in setting) return { name, type: attributeType.float, f: setting.float };
  return { name, type: attributeType.ints, ints: setting };
}
