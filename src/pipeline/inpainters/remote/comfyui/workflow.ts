import { z } from "zod";
import { EditError } from "../../../../errors.ts";
import { readTextFile } from "../../../../packs/text-file.ts";
import { type AboutWorkflow, readAbout } from "./about.ts";

/** What a workflow leaves open, and what is put there. */
export interface WorkflowValues {
  /** Names of uploaded pictures, as nodes that load pictures take them. */
  readonly image: string;
  readonly mask: string;
  readonly prompt: string;
  readonly seed: number;
  readonly steps: number;
  /** A model that is distilled to paint without guidance has no place for these two. */
  readonly negative: string;
  readonly cfg: number;
  /** The part of the schedule that is sampled; without a place for it all of it is. */
  readonly denoise: number;
  /** Of `image`, in pixels: for noise levels that depend on it, or an empty latent. */
  readonly width: number;
  readonly height: number;
  /** The name of another uploaded picture, which the model is shown beside the text. Uploaded only where it is asked for. */
  readonly reference?: string;
  /** An inpainting checkpoint of the server; a workflow may name one itself. */
  readonly checkpoint?: string;
}

const needed = ["image", "mask", "prompt", "seed", "steps"] as const;
const optional = ["negative", "cfg", "denoise", "width", "height", "reference", "checkpoint"] as const;
const known: readonly string[] = [...needed, ...optional];
const placeholder = /\{\{\w+\}\}/;

/** A place that a workflow may have or not. */
export type OptionalPlace = (typeof optional)[number];

const nodeSchema = z.looseObject({ class_type: z.string(), inputs: z.record(z.string(), z.unknown()) });
const graphSchema = z.record(z.string(), nodeSchema);

export interface WorkflowNode {
  readonly id: string;
  readonly nodeClass: string;
  /** Names of all its inputs. */
  readonly inputs: readonly string[];
  /** Inputs that are a text, with nothing to be put into it. */
  readonly literals: readonly (readonly [name: string, value: string])[];
}

/** A workflow in ComfyUI's API format, by node, with `{{placeholders}}` among its inputs. */
export interface Workflow {
  /** Where it was read. */
  readonly file: string;
  /** What stands beside one that ships; `null` of others. */
  readonly about: AboutWorkflow | null;
  readonly nodes: readonly WorkflowNode[];
  /** Whether it leaves this open. */
  takes(place: OptionalPlace): boolean;
  /** The workflow with all placeholders filled: whole values keep their type, others become part of their text. */
  fill(values: WorkflowValues): z.infer<typeof graphSchema>;
}

/** @throws EditError `workflow-invalid` where it cannot be read, is in another format, or lacks a placeholder */
export async function readWorkflow(file: string): Promise<Workflow> {
  const text = await readTextFile(file).catch((cause: unknown) => {
    throw invalid(file, `a file that can be read, got ${cause}`);
  });
  return parseWorkflow(text, file, await readAbout(file));
}

/** @throws EditError `workflow-invalid` */
export function parseWorkflow(text: string, file: string, about: AboutWorkflow | null = null): Workflow {
  const parsed = graphSchema.safeParse(jsonOf(text, file));
  if (!parsed.success) {
    throw invalid(
      file,
      "nodes with class_type and inputs, got another form. Export it in ComfyUI as Export (API), not as Save",
    );
  }
  const graph = parsed.data;
  const found = new Set<string>();
  replaceIn(graph, (name) => {
    found.add(name);
    return "";
  });
  const missing = needed.filter((name) => !found.has(name));
  if (missing.length > 0) {
    const list = missing.map((name) => `{{${name}}}`).join(", ");
    throw invalid(file, `the placeholders of docs/remote.md, got a workflow without ${list}`);
  }
  const unknown = [...found].filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw invalid(file, `the placeholders of docs/remote.md alone, got {{${unknown[0]}}} too`);
  }
  return {
    file,
    about,
    nodes: Object.entries(graph).map(([id, { class_type: nodeClass, inputs }]) => ({
      id,
      nodeClass,
      inputs: Object.keys(inputs),
      literals: Object.entries(inputs).flatMap(([name, value]) =>
        typeof value === "string" && !placeholder.test(value) ? [[name, value] as const] : [],
      ),
    })),
    takes: (place) => found.has(place),
    fill: (values) =>
      graphSchema.parse(replaceIn(graph, (name) => Reflect.get(values, name) as string | number)),
  };
}

/** A copy of JSON in which every placeholder of a text is replaced; a text that is one takes over the value's type. */
function replaceIn(value: unknown, fillerOf: (name: string) => string | number): unknown {
  if (typeof value === "string") {
    const [whole, name] = /^\{\{(\w+)\}\}$/.exec(value) ?? [];
    if (whole && name) return fillerOf(name);
    return value.replace(/\{\{(\w+)\}\}/g, (_, part: string) => String(fillerOf(part)));
  }
  if (Array.isArray(value)) return value.map((item) => replaceIn(item, fillerOf));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceIn(item, fillerOf)]));
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(file, `JSON, got ${String(cause)}`);
  }
}

function invalid(file: string, expected: string): EditError {
  return new EditError("workflow-invalid", `Expected the workflow ${file} to hold ${expected}.`);
}
