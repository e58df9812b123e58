import { type Files, type Input, nodeClasses } from "./nodes.ts";

/** A workflow in the API's format. */
export type Graph = Record<
  string,
  { class_type?: unknown; inputs?: Record<string, unknown>; _meta?: { title?: string } }
>;

interface Complaint {
  readonly type: string;
  readonly message: string;
  readonly details: string;
  readonly extra_info: Readonly<Record<string, unknown>>;
}

export interface Validation {
  readonly error: Complaint | null;
  readonly node_errors: Readonly<Record<string, unknown>>;
}

/**
 * What is wrong with a workflow, as `validate_prompt` of ComfyUI's `execution.py` says it: unknown classes, no output,
 * and for every output the inputs of the nodes that it hangs on. A number that is a text is converted, as there.
 */
export function validate(graph: Graph, files: Files): Validation {
  for (const [id, { class_type: name, _meta: meta }] of Object.entries(graph)) {
    if (name === undefined) {
      return refusal(
        "missing_node_type",
        `Node '${meta?.title ?? `ID #${id}`}' has no class_type. The workflow may be corrupted or a custom node is missing.`,
        `Node ID '#${id}'`,
      );
    }
    if (typeof name === "string" && nodeClasses[name] && !files.lacks.includes(name)) continue;
    const title = meta?.title ?? name ?? `ID #${id}`;
    return refusal(
      "missing_node_type",
      `Node '${title}' not found. The custom node may not be installed.`,
      `Node ID '#${id}'`,
    );
  }
  const outputs = Object.keys(graph).filter((id) => classOf(graph, id)?.isOutput);
  if (outputs.length === 0) return refusal("prompt_no_outputs", "Prompt has no outputs", "");
  const found = new Map<string, readonly Complaint[]>();
  const isGood = outputs.map((id) => {
    try {
      return isValid(graph, id, files, found, []);
    } catch (error) {
      found.set(id, [exception("exception_during_validation", "Exception when validating node", error)]);
      return false;
    }
  });
  if (isGood.includes(true)) return { error: null, node_errors: {} };
  const wrong = [...found].filter(([, errors]) => errors.length > 0);
  const details = wrong.flatMap(([, errors]) =>
    errors.map(({ message, details }) => `${message}: ${details}`),
  );
  return {
    ...refusal("prompt_outputs_failed_validation", "Prompt outputs failed validation", details.join("\n")),
    node_errors: Object.fromEntries(
      wrong.map(([id, errors]) => [
        id,
        { errors, dependent_outputs: outputs, class_type: graph[id]?.class_type },
      ]),
    ),
  };
}

export function classOf(graph: Graph, id: string) {
  return nodeClasses[String(graph[id]?.class_type)];
}

/** A link to what a node gives in one of its slots. */
export function isLink(value: unknown): value is [string, number] {
  return Array.isArray(value);
}

function refusal(type: string, message: string, details: string): Validation {
  return { error: { type, message, details, extra_info: {} }, node_errors: {} };
}

function isValid(
  graph: Graph,
  id: string,
  files: Files,
  found: Map<string, readonly Complaint[]>,
  above: readonly string[],
): boolean {
  const node = graph[id];
  const known = classOf(graph, id);
  if (!node || !known) throw new Error(`KeyError: '${id}'`);
  if (above.includes(id)) {
    found.set(id, [complaint("dependency_cycle", "Dependency cycle detected", [...above, id].join(" -> "))]);
    return false;
  }
  const errors: Complaint[] = [];
  let areLinksGood = true;
  for (const [name, input] of Object.entries({ ...known.required, ...known.optional })) {
    const value = node.inputs?.[name];
    if (value === undefined) {
      if (name in known.required)
        errors.push(complaint("required_input_missing", "Required input is missing", name));
    } else if (isLink(value)) {
      const problem = linkProblem(graph, name, input, value);
      if (problem) {
        errors.push(problem);
        continue;
      }
      try {
        areLinksGood = isValid(graph, value[0], files, found, [...above, id]) && areLinksGood;
      } catch (error) {
        const type = "exception_during_inner_validation";
        found.set(value[0], [exception(type, "Exception when validating inner node", error)]);
        areLinksGood = false;
      }
    } else {
      const problem = valueProblem(node.inputs ?? {}, name, input, files);
      if (problem) errors.push(problem);
    }
  }
  if (!found.has(id) || errors.length > 0) found.set(id, errors);
  return errors.length === 0 && areLinksGood;
}

function linkProblem(graph: Graph, name: string, input: Input, link: [string, number]): Complaint | null {
  if (link.length !== 2) {
    return complaint(
      "bad_linked_input",
      "Bad linked input, must be a length-2 list of [node_id, slot_index]",
      name,
    );
  }
  // What Python's dictionaries and tuples raise where they lack what is asked for.
  const { returns } = classOf(graph, link[0]) ?? raise(`'${link[0]}'`);
  const received = returns[link[1]] ?? raise("tuple index out of range");
  if (received === input.type) return null;
  return complaint(
    "return_type_mismatch",
    "Return type mismatch between linked nodes",
    `${name}, received_type(${received}) mismatch input_type(${input.type})`,
  );
}

/** Converts the value where it stands. An input that only another node can give takes any value, as there. */
function valueProblem(
  inputs: Record<string, unknown>,
  name: string,
  input: Input,
  files: Files,
): Complaint | null {
  if ("choices" in input) {
    const choices = input.choices(files);
    const value = inputs[name];
    if (typeof value === "string" && choices.includes(value)) return null;
    if (input.isFile) {
      return complaint(
        "custom_validation_failed",
        "Custom validation failed for node",
        `${name} - Invalid image file: ${value}`,
      );
    }
    const list = choices.length > 20 ? `(list of length ${choices.length})` : `[${choices}]`;
    return complaint("value_not_in_list", "Value not in list", `${name}: '${value}' not in ${list}`);
  }
  if (input.type === "STRING") inputs[name] = String(inputs[name]);
  if (input.type === "BOOLEAN") inputs[name] = Boolean(inputs[name]);
  const isNumber = input.type === "INT" || input.type === "FLOAT";
  if (isNumber) {
    const number = Number(inputs[name]);
    if (inputs[name] === "" || Number.isNaN(number)) {
      const message = `Failed to convert an input value to a ${input.type} value`;
      return complaint("invalid_input_type", message, `${name}, ${inputs[name]}`);
    }
    inputs[name] = input.type === "INT" ? Math.trunc(number) : number;
    if (input.min !== undefined && number < input.min)
      return complaint("value_smaller_than_min", `Value ${number} smaller than min of ${input.min}`, name);
    if (input.max !== undefined && number > input.max)
      return complaint("value_bigger_than_max", `Value ${number} bigger than max of ${input.max}`, name);
  }
  return null;
}

function raise(message: string): never {
  throw new Error(message);
}

function exception(type: string, message: string, error: unknown): Complaint {
  return complaint(type, message, error instanceof Error ? error.message : String(error));
}

function complaint(type: string, message: string, details: string): Complaint {
  return { type, message, details, extra_info: {} };
}
