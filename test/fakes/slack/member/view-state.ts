import { fileJson } from "../payloads/file-json.ts";
import type { FakeFile, FakeView, Json } from "../types.ts";
import type { World } from "../world/world.ts";

/** What a member gives a modal: values by action id or block id, files for its file input. */
export interface ViewInput {
  /** Text for text inputs, an option's value for selects and radio buttons, a list of them for checkboxes. */
  readonly values?: Readonly<Record<string, string | readonly string[] | null>>;
  readonly files?: readonly FakeFile[];
}

/** Of one file of a file input: https://docs.slack.dev/reference/block-kit/block-elements/file-input-element */
const maxInputBytes = 10_000_000;

/** `view.state.values` as a client sends it. @throws Error where the client would not let the member submit */
export function stateOf(world: World, view: FakeView, { values = {}, files = [] }: ViewInput): Json {
  const state: Record<string, Record<string, Json>> = {};
  const used = new Set<string>();
  let hasFileInput = false;
  for (const { block, element } of inputsOf(view)) {
    const blockId = String(block.block_id);
    const actionId = String(element.action_id);
    const key = actionId in values ? actionId : blockId;
    used.add(key);
    hasFileInput ||= element.type === "file_input";
    const entry =
      element.type === "file_input"
        ? filesEntry(world, element, files)
        : entryOf(element, key in values ? values[key] : undefined);
    const isEmpty = Object.entries(entry).every(([name, value]) => name === "type" || isNothing(value));
    if (isEmpty && block.type === "input" && block.optional !== true) {
      throw new Error(`Expected a value for the required input ${key}, got none`);
    }
    state[blockId] = { ...state[blockId], [actionId]: entry };
  }
  const strange = Object.keys(values).filter((key) => !used.has(key));
  if (strange.length > 0) throw new Error(`Expected inputs of the modal, got ${strange.join(", ")}`);
  if (files.length > 0 && !hasFileInput)
    throw new Error("Expected a modal with a file input, got one without");
  return state;
}

function inputsOf(view: FakeView): { block: Json; element: Json }[] {
  const stateless = ["button", "overflow", "image"];
  return (view.content.blocks as Json[]).flatMap((block) => {
    const parts = [block.element, block.accessory, ...((block.elements as unknown[]) ?? [])];
    return parts
      .filter((part): part is Json => typeof part === "object" && part !== null && "action_id" in part)
      .filter((element) => !stateless.includes(String(element.type)))
      .map((element) => ({ block, element }));
  });
}

function entryOf(element: Json, given: string | readonly string[] | null | undefined): Json {
  const type = String(element.type);
  if (type === "plain_text_input" || type === "number_input") {
    const value = given === undefined ? (element.initial_value ?? null) : given === "" ? null : given;
    const max = Number(element.max_length ?? 3000);
    if (typeof value === "string" && value.length > max) {
      throw new Error(`Expected at most ${max} characters, got ${value.length}`);
    }
    return { type, value };
  }
  if (type === "checkboxes" || type === "multi_static_select") {
    const chosen = Array.isArray(given)
      ? given.map((value) => optionOf(element, value))
      : element.initial_options;
    return { type, selected_options: chosen ?? [] };
  }
  if (type === "users_select") return { type, selected_user: given ?? element.initial_user ?? null };
  if (type === "conversations_select") {
    return { type, selected_conversation: given ?? element.initial_conversation ?? null };
  }
  const option = typeof given === "string" ? optionOf(element, given) : (element.initial_option ?? null);
  return { type, selected_option: given === null ? null : option };
}

function optionOf(element: Json, value: string): Json {
  const groups = (element.option_groups as { options: Json[] }[] | undefined) ?? [];
  const options = [
    ...((element.options as Json[] | undefined) ?? []),
    ...groups.flatMap((one) => one.options),
  ];
  const option = options.find((one) => one.value === value);
  if (option === undefined) {
    const known = options.map((one) => String(one.value)).join(", ");
    throw new Error(`Expected one of ${known}, got ${value}`);
  }
  return option;
}

function filesEntry(world: World, element: Json, files: readonly FakeFile[]): Json {
  const max = Number(element.max_files ?? 10);
  if (files.length > max) throw new Error(`Expected at most ${max} files, got ${files.length}`);
  const types = element.filetypes as string[] | undefined;
  for (const file of files) {
    const extension = file.name.split(".").pop()?.toLowerCase() ?? "";
    const isTaken = types === undefined || types.includes(extension);
    if (!isTaken) throw new Error(`Expected a file of type ${types?.join(", ")}, got ${file.name}`);
    if (file.bytes.length > maxInputBytes)
      throw new Error(`Expected at most 10 MB, got ${file.bytes.length}`);
    file.isGrantedToApp = true;
  }
  return { type: "file_input", files: files.map((file) => fileJson(world, file, { inPayload: true })) };
}

function isNothing(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}
