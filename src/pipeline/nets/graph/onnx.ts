import protobuf from "protobufjs/light.js";

/**
 * The part of ONNX that the graphs here need, as plain objects, and its encoding. Field numbers and enum values
 * are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3.
 */
export interface ModelProto {
  readonly irVersion: number;
  readonly producerName: string;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly graph: GraphProto;
}

export interface GraphProto {
  readonly name: string;
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
}

export interface NodeProto {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  /** An empty name leaves an optional input out. */
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeProto[];
}

export interface AttributeProto {
  readonly name: string;
  readonly type: number;
  readonly f?: number;
  readonly i?: number;
  readonly s?: Uint8Array;
  readonly floats?: readonly number[];
  readonly ints?: readonly number[];
}

/** Either `rawData`, or `externalData` with `dataLocation` 1: location, offset and length of the bytes in a file. */
export interface TensorProto {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly rawData?: Uint8Array;
  readonly externalData?: readonly { readonly key: string; readonly value: string }[];
  readonly dataLocation?: number;
}

export interface ValueInfoProto {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape?: { readonly dim: readonly ({ dimValue: number } | { dimParam: string })[] };
    };
  };
}

export const dataType = { float32: 1, int8: 3, int64: 7, float16: 10, bfloat16: 16 } as const;
export const attributeType = { float: 1, int: 2, string: 3, floats: 6, ints: 7 } as const;

/** The bytes of a model, as an ONNX runtime reads them. */
export function encodeModel(model: ModelProto): Uint8Array {
  return modelType.encode(modelType.fromObject(model)).finish();
}

const modelType = protobuf.Root.fromJSON({
  nested: {
    Model: message({
      irVersion: [1, "int64"],
      producerName: [2, "string"],
      graph: [7, "Graph"],
      opsetImport: [8, "OperatorSetId", "repeated"],
    }),
    OperatorSetId: message({ domain: [1, "string"], version: [2, "int64"] }),
    Graph: message({
      node: [1, "Node", "repeated"],
      name: [2, "string"],
      initializer: [5, "Tensor", "repeated"],
      input: [11, "ValueInfo", "repeated"],
      output: [12, "ValueInfo", "repeated"],
    }),
    Node: message({
      input: [1, "string", "repeated"],
      output: [2, "string", "repeated"],
      name: [3, "string"],
      opType: [4, "string"],
      attribute: [5, "Attribute", "repeated"],
      domain: [7, "string"],
    }),
    Attribute: message({
      name: [1, "string"],
      f: [2, "float"],
      i: [3, "int64"],
      s: [4, "bytes"],
      floats: [7, "float", "repeated"],
      ints: [8, "int64", "repeated"],
      type: [20, "int32"],
    }),
    Tensor: message({
      dims: [1, "int64", "repeated"],
      dataType: [2, "int32"],
      name: [8, "string"],
      rawData: [9, "bytes"],
      externalData: [13, "StringPair", "repeated"],
      dataLocation: [14, "int32"],
    }),
    StringPair: message({ key: [1, "string"], value: [2, "string"] }),
    ValueInfo: message({ name: [1, "string"], type: [2, "ValueType"] }),
    ValueType: message({ tensorType: [1, "TensorType"] }),
    TensorType: message({ elemType: [1, "int32"], shape: [2, "TensorShape"] }),
    TensorShape: message({ dim: [1, "Dimension", "repeated"] }),
    Dimension: message({ dimValue: [1, "int64"], dimParam: [2, "string"] }),
  },
}).lookupType("Model");

type Field = readonly [id: number, type: string, rule?: "repeated"];

function message(fields: Readonly<Record<string, Field>>): protobuf.IType {
  return {
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, [id, type, rule]]) => [
        name,
        rule ? { id, type, rule } : { id, type },
      ]),
    ),
  };
}
