import { z } from "zod";
import { EditError } from "../../errors.ts";
import type { Words } from "../../locales/words.ts";
import { choiceLabel, describe } from "../../locales/words.ts";
import type { ModalField } from "../chat.ts";
import type { ModalEvent } from "../context.ts";
import {
  type EditChoices,
  type EditOption,
  isShown,
  readOptionWords,
  wordsOf,
} from "../intake/edit-options.ts";

// Fields of a form in which options of an edit are chosen: which of them have one of their own, and what stands in them.

/** Options that have a field of their own, and those that are typed into one, where not all have room. */
export interface OptionLayout {
  readonly inFields: readonly EditOption[];
  readonly inWords: readonly EditOption[];
}

/** What was filled in, as text. */
export const typedOptionsSchema = z.object({
  /** By the options' names; what is empty was left out. */
  typed: z.record(z.string(), z.string()).default({}),
  /** The words of the options that have no field of their own. */
  more: z.string().default(""),
});
export type TypedOptions = z.infer<typeof typedOptionsSchema>;

/** Of a menu that every platform has, the entry for no choice included. */
const maxChoices = 25;

/** As a select's value, because it cannot be empty. */
const unchosen = "-";

const moreSchema = z.string().catch("");
const fieldSchema = z
  .union([z.string(), z.array(z.string()).transform(([first = ""]) => first)])
  .transform((value) => (value === unchosen ? "" : value))
  .nullable()
  .catch(null);

/** @param room How many fields there may be. */
export function layOut(options: readonly EditOption[], room: number): OptionLayout {
  const shown = options.filter(isShown);
  const fitting = shown.filter(({ spec }) => spec.kind !== "choice" || spec.choices.length < maxChoices);
  const count = shown.length <= room ? room : Math.max(0, room - 1);
  const inFields = fitting.slice(0, count);
  return { inFields, inWords: shown.filter((option) => !inFields.includes(option)) };
}

/** Choices as they stand in the fields. */
export function typedOf(choices: EditChoices, { inFields, inWords }: OptionLayout): TypedOptions {
  const typed = inFields.flatMap(({ spec: { name } }) =>
    choices[name] === undefined ? [] : [[name, String(choices[name])] as const],
  );
  return { typed: Object.fromEntries(typed), more: wordsOf(choices, inWords) };
}

/** What was filled in; a field that a platform left out is empty, but for a choice that was made before. */
export function typedIn(
  { fields }: Pick<ModalEvent, "fields">,
  before: TypedOptions,
  { inFields }: OptionLayout,
): TypedOptions {
  const typed = inFields.map(({ spec: { name, kind } }) => {
    const value = fieldSchema.parse(fields[name]);
    return [name, value ?? (kind === "choice" ? (before.typed[name] ?? "") : "")] as const;
  });
  return { typed: Object.fromEntries(typed), more: moreSchema.parse(fields.more) };
}

/** A field of which something is wrong; `null` where it is about none of them. */
export interface Wrong {
  readonly field: string | null;
  readonly error: unknown;
}

/**
 * What was chosen, or the first field of which something is wrong.
 * @param check Looks at the choices of each field by themselves. @throws EditError, Refusal where they cannot be had
 */
export async function choicesTyped(
  { typed, more }: TypedOptions,
  { inFields, inWords }: OptionLayout,
  check: (choices: EditChoices) => Promise<void>,
): Promise<
  { readonly choices: EditChoices; readonly wrong: null } | { readonly wrong: Wrong & { field: string } }
> {
  let field = "";
  try {
    let choices: EditChoices = {};
    for (const { spec, read } of inFields) {
      field = spec.name;
      const value = typed[field]?.trim();
      const chosen = value ? { [field]: read(value) } : {};
      await check(chosen);
      choices = { ...choices, ...chosen };
    }
    field = "more";
    const chosen = readOptionWords(more, inWords);
    await check(chosen);
    return { choices: { ...choices, ...chosen }, wrong: null };
  } catch (error) {
    if (error instanceof EditError) return { wrong: { field, error } };
    throw error;
  }
}

/** The fields of the options that have one. Label and hint are the catalogues' `modal.NAME` and `option.NAME`. */
export function fieldsOf(
  { inFields }: OptionLayout,
  { typed }: TypedOptions,
  words: Words,
): readonly ModalField[] {
  return inFields.map(({ spec }) => fieldOf(spec, typed[spec.name] ?? "", words));
}

function fieldOf(spec: EditOption["spec"], value: string, words: Words): ModalField {
  const { name } = spec;
  const common = {
    name,
    label: describe(`modal.${name}`, words.locale),
    hint: describe(`option.${name}`, words.locale),
  };
  if (spec.kind === "choice") {
    return {
      ...common,
      kind: "choice",
      choices: [
        { value: unchosen, label: words.plain("modal.unchosen"), isOn: value === "" },
        ...spec.choices.map((each) => ({
          value: each,
          label: choiceLabel(name, each, words.locale),
          isOn: each === value,
        })),
      ],
    };
  }
  return {
    ...common,
    kind: "text",
    value,
    placeholder: "",
    isRequired: false,
    maxLength: spec.kind === "text" ? spec.maxLength : 20,
    isLong: false,
  };
}

/** The field that the others are typed into, where there are others. */
export function moreFieldsOf(
  { inWords }: OptionLayout,
  { more }: TypedOptions,
  words: Words,
): readonly ModalField[] {
  if (inWords.length === 0) return [];
  return [
    {
      name: "more",
      kind: "text",
      label: words.plain("modal.more"),
      hint: words.plain("modal.more.hint"),
      value: more,
      placeholder: inWords.map(({ spec: { name, word = name } }) => `--${word}`).join(" "),
      isRequired: false,
      maxLength: 1000,
      isLong: false,
    },
  ];
}
