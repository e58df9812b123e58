import { open, readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { EditError } from "../errors.ts";
import { openSafetensors, type Safetensors } from "../pipeline/nets/safetensors.ts";
import type { Ids, Tensor } from "../pipeline/nets/tensor.ts";

/** Outputs by the name that `case.json` lists them under, without its leading `out.`. */
export type Outputs = Map<string, Tensor | Ids>;

const outputSchema = z.union([
  z.object({
    dtype: z.literal("float32"),
    shape: z.array(z.int().nonnegative()),
    scale: z.number().nonnegative(),
    max_abs_over_scale: z.number().positive(),
  }),
  z.object({ dtype: z.literal("int64"), shape: z.array(z.int().nonnegative()) }),
]);

const caseSchema = z.object({
  name: z.string().min(1),
  params: z.record(z.string(), z.unknown()).default({}),
  inputs: z.record(z.string().startsWith("in."), z.unknown()).default({}),
  outputs: z.record(z.string().startsWith("out."), outputSchema),
});

/** What an output is held to. */
export type OutputRule = z.infer<typeof outputSchema>;

/** One folder of recorded inputs and outputs. Names of tensors leave out `in.` and `out.`. */
export interface GoldenCase {
  readonly folder: string;
  /** The kind: `name` of `case.json`. */
  readonly name: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly inputNames: readonly string[];
  readonly rules: ReadonlyMap<string, OutputRule>;
  /** @throws EditError `weights-tensor-missing`, `weights-tensor-shape`. */
  input(name: string): Promise<Tensor | Ids>;
  /** @throws EditError `weights-tensor-missing`, `weights-tensor-shape`. */
  floatInput(name: string): Promise<Tensor>;
  /** @throws EditError `weights-tensor-missing`, `weights-tensor-shape`. */
  idInput(name: string): Promise<Ids>;
  recorded(output: string): Promise<Tensor | Ids>;
}

/** @throws an error where `case.json` or the header of `io.safetensors` is not as docs/goldens.md has it. */
export async function readCase(folder: string): Promise<GoldenCase> {
  const described = caseSchema.parse(await readJson(path.join(folder, "case.json")));
  const tensors = await openSafetensors(path.join(folder, "io.safetensors"));
  return {
    folder,
    name: described.name,
    params: described.params,
    inputNames: Object.keys(described.inputs).map((name) => name.slice("in.".length)),
    rules: new Map(
      Object.entries(described.outputs).map(([name, rule]) => [name.slice("out.".length), rule]),
    ),
    input: (name) => readTensorOf(tensors, `in.${name}`),
    async floatInput(name) {
      const value = await readTensorOf(tensors, `in.${name}`);
      if (value.data instanceof Float32Array) return { data: value.data, shape: value.shape };
      throw typeError(`in.${name}`, "float32", "int64");
    },
    async idInput(name) {
      const value = await readTensorOf(tensors, `in.${name}`);
      if (value.data instanceof BigInt64Array) return { data: value.data, shape: value.shape };
      throw typeError(`in.${name}`, "int64", "float32");
    },
    recorded: (output) => readTensorOf(tensors, `out.${output}`),
  };
}

export async function readJson(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, "utf8"));
}

async function readTensorOf(tensors: Safetensors, name: string): Promise<Tensor | Ids> {
  const stored = tensors.tensors.get(name);
  if (stored === undefined) {
    throw new EditError("weights-tensor-missing", `Expected tensor ${name} in ${tensors.file}, got none.`);
  }
  const bytes = new ArrayBuffer(stored.length);
  const file = await open(tensors.file);
  try {
    await file.read(new Uint8Array(bytes), 0, stored.length, stored.offset);
  } finally {
    await file.close();
  }
  if (stored.dtype === "F32") return { data: new Float32Array(bytes), shape: stored.shape };
  if (stored.dtype === "I64") return { data: new BigInt64Array(bytes), shape: stored.shape };
  throw typeError(name, "float32 or int64", stored.dtype);
}

function typeError(name: string, expected: string, got: string): EditError {
  return new EditError("weights-tensor-shape", `Expected tensor ${name} as ${expected}, got ${got}.`);
}
