import type { Context } from "../payloads/context.ts";
import type { FakeChannel, Json } from "../types.ts";
import { put, resolve } from "./commands.ts";
import { type MemberFile, upload } from "./files.ts";

/** What a member fills into a modal, by the field's label or custom id; fields left out keep what stood in them. */
export interface ModalInput {
  readonly fields?: Readonly<Record<string, string | boolean | readonly string[]>>;
  readonly files?: Readonly<Record<string, readonly MemberFile[]>> | readonly MemberFile[];
}

/** Component types: https://discord.com/developers/docs/components/reference#component-object-component-types */
const type = {
  row: 1,
  stringSelect: 3,
  text: 4,
  textDisplay: 10,
  label: 18,
  file: 19,
  radio: 21,
  checkboxes: 22,
  checkbox: 23,
} as const;

/**
 * `data` of a submitted modal.
 * @throws Error where the client would not let a member send it: a required field is empty, a text too long
 */
export function modalData(context: Context, channel: FakeChannel, modal: Json, input: ModalInput): Json {
  const resolved: Json = {};
  const used = new Set<string>();
  let id = 0;
  const form = { context, channel, input, resolved, used };
  const components = (modal.components as Json[]).map((outer) => {
    const outerId = ++id;
    switch (outer.type) {
      case type.label: {
        const component = { id: ++id, ...filled(form, outer.component as Json, String(outer.label)) };
        return { type: type.label, id: outerId, component };
      }
      case type.row: {
        const parts = (outer.components as Json[]).map((part) => ({
          id: ++id,
          ...filled(form, part, String(part.label)),
        }));
        return { type: type.row, id: outerId, components: parts };
      }
      default:
        return { type: outer.type, id: outerId };
    }
  });
  const files = input.files && !Array.isArray(input.files) ? Object.keys(input.files) : [];
  const stray = [...Object.keys(input.fields ?? {}), ...files].filter((name) => !used.has(name));
  if (stray.length > 0) throw new Error(`Expected fields of the modal, got ${stray.join(", ")}`);
  const hasResolved = Object.keys(resolved).length > 0;
  return { custom_id: modal.custom_id, components, ...(hasResolved ? { resolved } : {}) };
}

interface Form {
  readonly context: Context;
  readonly channel: FakeChannel;
  readonly input: ModalInput;
  readonly resolved: Json;
  readonly used: Set<string>;
}

function filled(form: Form, field: Json, label: string): Json {
  const base = { type: field.type, custom_id: field.custom_id };
  const given = lookUp(form, form.input.fields, field, label);
  switch (field.type) {
    case type.file:
      return { ...base, values: uploaded(form, field, label) };
    case type.text:
      return { ...base, value: text(field, label, given) };
    case type.checkbox:
      return { ...base, value: given ?? field.default ?? false };
    case type.radio:
      return { ...base, value: picks(field, label, given)[0] ?? null };
    case type.stringSelect:
    case type.checkboxes:
      return { ...base, values: picks(field, label, given) };
    default: {
      const values = listOf(given);
      for (const id of values) resolve(form.context, form.channel, id, form.resolved);
      return { ...base, values };
    }
  }
}

function lookUp<T>(
  form: Form,
  from: Readonly<Record<string, T>> | undefined,
  field: Json,
  label: string,
): T | undefined {
  for (const name of [label, String(field.custom_id)]) {
    if (from?.[name] === undefined) continue;
    form.used.add(name);
    return from[name];
  }
  return undefined;
}

function uploaded(form: Form, field: Json, label: string): string[] {
  const { files } = form.input;
  const named = files as Readonly<Record<string, readonly MemberFile[]>> | undefined;
  const given = (Array.isArray(files) ? files : lookUp(form, named, field, label)) ?? [];
  const least = field.required === false ? 0 : Number(field.min_values ?? 1);
  const most = Number(field.max_values ?? 1);
  if (given.length < least || given.length > most) {
    throw new Error(`Expected ${least} to ${most} files for ${label}, got ${given.length}`);
  }
  return given.map((file: MemberFile) => {
    const attachment = upload(form.context, form.channel, file, true);
    put(form.resolved, "attachments", attachment.id, form.context.attachments.payload(attachment));
    return attachment.id;
  });
}

function text(field: Json, label: string, given: unknown): string {
  const value = String(given ?? field.value ?? "");
  const least = Number(field.min_length ?? 0);
  const most = Number(field.max_length ?? 4000);
  if (field.required !== false && value === "") throw new Error(`Expected text for ${label}, got none`);
  if (value !== "" && (value.length < least || value.length > most)) {
    throw new Error(`Expected ${least} to ${most} characters for ${label}, got ${value.length}`);
  }
  return value;
}

function picks(field: Json, label: string, given: unknown): string[] {
  const options = (field.options ?? []) as { label: string; value: string; default?: boolean }[];
  const standing = options.filter((option) => option.default === true).map(({ value }) => value);
  const values = given === undefined ? standing : listOf(given);
  const chosen = values.map((name) => {
    const option = options.find((each) => each.value === name || each.label === name);
    if (!option) throw new Error(`Expected a choice of ${label}, got ${name}`);
    return option.value;
  });
  if (field.required !== false && chosen.length < Number(field.min_values ?? 1)) {
    throw new Error(`Expected a choice for ${label}, got none`);
  }
  return chosen;
}

function listOf(given: unknown): string[] {
  if (given === undefined) return [];
  return Array.isArray(given) ? given.map(String) : [String(given)];
}
