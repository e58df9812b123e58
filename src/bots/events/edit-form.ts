import { z } from "zod";
import type { Words } from "../../locales/words.ts";
import { choiceLabel, describe } from "../../locales/words.ts";
import type { Modal, ModalField } from "../chat.ts";
import type { ModalEvent } from "../context.ts";
import { type EditChoices, type EditOption, isShown, wordsOf } from "../intake/edit-options.ts";

// The form that asks for an edit: its fields, and what was filled in.

/** What the form is made for. */
export interface FormPlan {
  readonly options: readonly EditOption[];
  readonly asksForPicture: boolean;
  /** Fields that the platform's forms can have. */
  readonly maxFields: number;
}

/** What the form says at first. */
export interface Prefilled {
  readonly prompt: string;
  readonly choices: EditChoices;
  readonly overlay: boolean;
  readonly private: boolean;
}

/** Nothing yet. */
export const emptyForm: Prefilled = { prompt: "", choices: {}, overlay: false, private: false };

/** What was filled in, as text. */
export const filledInSchema = z.object({
  prompt: z.string(),
  /** By the options' names; what is empty was left out. */
  typed: z.record(z.string(), z.string()).default({}),
  /** The words of the options that have no field of their own. */
  more: z.string().default(""),
  overlay: z.boolean(),
  private: z.boolean(),
});
export type FilledIn = z.infer<typeof filledInSchema>;

/** Of a menu that every platform has, the entry for no choice included. */
const maxChoices = 25;

/** As a select's value, because it cannot be empty. */
const unchosen = "-";

const fieldsSchema = z.looseObject({
  prompt: z.string().catch(""),
  more: z.string().catch(""),
  options: z.array(z.string()).catch([]),
});
const fieldSchema = z
  .union([z.string(), z.array(z.string()).transform(([first = ""]) => first)])
  .transform((value) => (value === unchosen ? "" : value))
  .nullable()
  .catch(null);

/** The form as it stands at first. */
export function prefilledForm({ prompt, choices, ...toggles }: Prefilled, plan: FormPlan): FilledIn {
  const { inFields, inWords } = layoutOf(plan);
  const typed = inFields.flatMap(({ spec: { name } }) =>
    choices[name] === undefined ? [] : [[name, String(choices[name])] as const],
  );
  return { prompt, typed: Object.fromEntries(typed), more: wordsOf(choices, inWords), ...toggles };
}

/** What was filled in; a field that a platform left out is empty, but for a choice that was made before. */
export function filledInOf({ fields }: ModalEvent, before: FilledIn, plan: FormPlan): FilledIn {
  const { options, prompt, more } = fieldsSchema.parse(fields);
  const typed = layoutOf(plan).inFields.map(({ spec: { name, kind } }) => {
    const value = fieldSchema.parse(fields[name]);
    return [name, value ?? (kind === "choice" ? (before.typed[name] ?? "") : "")] as const;
  });
  return {
    ...{ prompt, more },
    typed: Object.fromEntries(typed),
    overlay: options.includes("overlay"),
    private: options.includes("private"),
  };
}

/** Options that have a field of their own, and those that are typed into one, where not all have room. */
export function layoutOf({ options, asksForPicture, maxFields }: FormPlan): {
  readonly inFields: readonly EditOption[];
  readonly inWords: readonly EditOption[];
} {
  const shown = options.filter(isShown);
  const fitting = shown.filter(({ spec }) => spec.kind !== "choice" || spec.choices.length < maxChoices);
  // Besides the prompt, the picture and the toggles.
  const room = maxFields - (asksForPicture ? 3 : 2);
  const count = shown.length <= room ? room : Math.max(0, room - 1);
  const inFields = fitting.slice(0, count);
  return { inFields, inWords: shown.filter((option) => !inFields.includes(option)) };
}

/** The modal of an edit. */
export function modalOf(
  words: Words,
  {
    id,
    title,
    filledIn,
    plan,
  }: Pick<Modal, "id" | "title"> & { readonly filledIn: FilledIn; readonly plan: FormPlan },
): Modal {
  const { inFields, inWords } = layoutOf(plan);
  const toggle = (value: "overlay" | "private") => ({
    value,
    label: words.plain(`modal.options.${value}`),
    isOn: filledIn[value],
  });
  return {
    id,
    title,
    submit: words.plain("modal.submit"),
    fields: [
      {
        name: "prompt",
        kind: "text",
        label: words.plain("modal.prompt"),
        value: filledIn.prompt,
        placeholder: words.plain("modal.prompt.example"),
        isRequired: true,
        maxLength: 1000,
        isLong: true,
      },
      ...(plan.asksForPicture
        ? [{ name: "image", kind: "picture", label: words.plain("modal.image"), isRequired: true } as const]
        : []),
      ...inFields.map((option) => fieldOf(option, filledIn.typed[option.spec.name] ?? "", words)),
      {
        name: "options",
        kind: "toggles",
        label: words.plain("modal.options"),
        choices: [toggle("overlay"), toggle("private")],
      },
      ...(inWords.length > 0 ? [moreField(inWords, filledIn.more, words)] : []),
    ],
  };
}

/** Label and hint are the catalogues' `modal.NAME` and `option.NAME`. */
function fieldOf({ spec }: EditOption, value: string, words: Words): ModalField {
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

function moreField(options: readonly EditOption[], value: string, words: Words): ModalField {
  return {
    name: "more",
    kind: "text",
    label: words.plain("modal.more"),
    hint: words.plain("modal.more.hint"),
    value,
    placeholder: options.map(({ spec: { name, word = name } }) => `--${word}`).join(" "),
    isRequired: false,
    maxLength: 1000,
    isLong: false,
  };
}
