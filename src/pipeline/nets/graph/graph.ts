import path from "node:path";
import { EditError } from "../../../errors.ts";
import type { WeightChanges } from "../lora/lora.ts";
import type { GraphTarget } from "../runtime.ts";
import type { Safetensors } from "../safetensors.ts";
import type { GraphBuilder, Value, WrittenNode } from "./builder.ts";
import { halvesOf } from "./half.ts";
import { dataType, encodeModel, type NodeProto, type TensorProto, type ValueInfoProto } from "./onnx.ts";
import { type Attributes, attributeProto, valueInfo } from "./protos.ts";
import { createGraphWeights } from "./weights.ts";

/** Operators of ONNX Runtime's own domain start with this, as in `com.microsoft.QuickGelu`. */
const microsoft = "com.microsoft";

export interface GraphOptions {
  /** None by default. */
  readonly changes?: WeightChanges;
  /**
   * Weights stay as they are stored, and are widened and changed in each run where they are needed: less memory, for a little time.
   * Else the runtime does it once. Default `false`.
   */
  readonly widensInRuns?: boolean;
}

/** An empty graph; `name` shows up in errors of the runtime. */
export function createGraph(
  name: string,
  weights: Safetensors,
  target: GraphTarget,
  { changes = new Map(), widensInRuns = false }: GraphOptions = {},
): GraphBuilder {
  const nodes: NodeProto[] = [];
  /**
   * What is made of weights alone. Written before all others, ONNX Runtime runs each right before the first that needs it; written where
   * they are asked for, it runs some of them together, which took twice the memory.
   */
  const leading: NodeProto[] = [];
  const written: WrittenNode[] = [];
  const constants = new Map<string, readonly number[]>();
  const initializers = new Map<string, TensorProto>();
  const inputs: ValueInfoProto[] = [];
  const outputs: ValueInfoProto[] = [];

  function fresh(operator: string): Value {
    return `${operator}_${nodes.length + leading.length}` as Value;
  }

  function several(
    operator: string,
    from: readonly (Value | null)[],
    count: number,
    attributes: Attributes = {},
    into = nodes,
  ): Value[] {
    const isOurs = operator.startsWith(`${microsoft}.`);
    const opType = isOurs ? operator.slice(microsoft.length + 1) : operator;
    const base = fresh(opType);
    const results = Array.from({ length: count }, (_, i) => (i === 0 ? base : (`${base}_${i}` as Value)));
    into.push({
      name: base,
      opType,
      domain: isOurs ? microsoft : "",
      input: withoutTrailing(from),
      output: results,
      attribute: Object.entries(attributes).map(([key, setting]) => attributeProto(key, setting)),
    });
    written.push({ operator, inputs: from, outputs: results, attributes });
    return results;
  }

  function single(
    operator: string,
    from: readonly (Value | null)[],
    attributes?: Attributes,
    into = nodes,
  ): Value {
    const [result] = several(operator, from, 1, attributes, into);
    if (result === undefined) throw new EditError("internal", `Expected an output of ${operator}, got none.`);
    return result;
  }

  /** A node that is made of weights alone. */
  const ofWeights: GraphBuilder["node"] = (operator, from, attributes) =>
    single(operator, from, attributes, widensInRuns ? leading : nodes);

  function keep(proto: TensorProto): Value {
    initializers.set(proto.name, proto);
    return proto.name as Value;
  }

  const toFloats = (from: Value): Value => single("Cast", [from], { to: dataType[target.floats] });
  const fromExact = (from: Value): Value => (target.floats === "float32" ? from : toFloats(from));

  const toExact = (from: Value): Value =>
    target.floats === "float32" ? from : single("Cast", [from], { to: dataType.float32 });

  const ints = (data: readonly number[]): Value =>
    constant("int64", data, BigInt64Array.from(data, BigInt), [data.length]);

  const floatsIn =
    (kind: GraphTarget["floats"]): GraphBuilder["floats"] =>
    (data, shape) => {
      const [list, sides] = typeof data === "number" ? [[data], []] : [data, [data.length]];
      const numbers = kind === "float32" ? Float32Array.from(list) : halvesOf(list);
      return constant(kind, list, numbers, shape ?? sides);
    };
  const exactFloats = floatsIn("float32");

  function constant(
    kind: "float32" | "float16" | "int64",
    numbers: readonly number[],
    data: Float32Array | Uint16Array | BigInt64Array,
    shape: readonly number[],
  ): Value {
    const constantName = `${kind}:${shape.join("x")}:${data.join(",")}`;
    constants.set(constantName, numbers);
    return keep({
      name: constantName,
      dims: shape,
      dataType: dataType[kind],
      rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    });
  }

  const toFloatsOfWeights = (from: Value): Value =>
    ofWeights("Cast", [from], { to: dataType[target.floats] });
  const { refuseUnused, ...weightMethods } = createGraphWeights({
    weights,
    target,
    changes,
    graph: {
      ...{ keep, node: ofWeights, exactFloats, ints },
      fromExact: (from) => (target.floats === "float32" ? from : toFloatsOfWeights(from)),
      toFloats: toFloatsOfWeights,
    },
  });

  return {
    target,
    input(inputName, shape, type = "float32") {
      inputs.push(valueInfo(inputName, dataType[type === "exact" ? "float32" : type], shape));
      const given = inputName as Value;
      return type === "float32" ? fromExact(given) : given;
    },
    ...weightMethods,
    floats: floatsIn(target.floats),
    exactFloats,
    fromExact,
    toExact,
    toFloats,
    ints,
    node: single,
    nodes: several,
    written,
    constant: (of) => constants.get(of) ?? null,
    output(outputName, from) {
      nodes.push({
        name: `output_${outputName}`,
        opType: "Cast",
        domain: "",
        input: [from],
        output: [outputName],
        attribute: [attributeProto("to", dataType.float32)],
      });
      outputs.push(valueInfo(outputName, dataType.float32));
    },
    finish() {
      refuseUnused(name);
      const initializer = [...initializers.values()];
      return {
        name,
        folder: path.dirname(weights.file),
        widensInRuns,
        bytes: encodeModel({
          irVersion: 10,
          producerName: "learnable-regions-bot",
          opsetImport: [
            { domain: "", version: 21 },
            { domain: microsoft, version: 1 },
          ],
          graph: { name, node: [...leading, ...nodes], initializer, input: inputs, output: outputs },
        }),
      };
    },
  };
}

/** An input that is left out has an empty name, or none where no other follows: some providers take no empty last one. */
function withoutTrailing(inputs: readonly (Value | null)[]): string[] {
  return inputs.slice(0, inputs.findLastIndex((input) => input !== null) + 1).map((input) => input ?? "");
}
