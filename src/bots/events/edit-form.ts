import { z } from "zod";
import type { Words } from "../../locales/words.ts";
import type { Modal } from "../chat.ts";
import type { ModalEvent } from "../context.ts";
import type { EditChoices, EditOption } from "../intake/edit-options.ts";
import {
  fieldsOf,
  layOut,
  moreFieldsOf,
  type OptionLayout,
  typedIn,
  typedOf,
  typedOptionsSchema,
} from "./option-fields.ts";

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
export const filledInSchema = typedOptionsSchema.extend({
  prompt: z.string(),
  overlay: z.boolean(),
  private: z.boolean(),
});
export type FilledIn = z.infer<typeof filledInSchema>;

const fieldsSchema = z.looseObject({
  prompt: z.string().catch(""),
  options: z.array(z.string()).catch([]),
});

/** The form as it stands at first. */
export function prefilledForm({ prompt, choices, ...toggles }: Prefilled, plan: FormPlan): FilledIn {
  return { prompt, ...typedOf(choices, layoutOf(plan)), ...toggles };
}

/** What was filled in. */
export function filledInOf(event: ModalEvent, before: FilledIn, plan: FormPlan): FilledIn {
  const { options, prompt } = fieldsSchema.parse(event.fields);
  return {
    prompt,
    ...typedIn(event, before, layoutOf(plan)),
    overlay: options.includes("overlay"),
    private: options.includes("private"),
  };
}

/** Where the options stand: besides the prompt, the picture and the toggles. */
export function layoutOf({ options, asksForPicture, maxFields }: FormPlan): OptionLayout {
  return layOut(options, maxFields - (asksForPicture ? 3 : 2));
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
  const layout = layoutOf(plan);
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
      ...fieldsOf(layout, filledIn, words),
      {
        name: "options",
        kind: "toggles",
        label: words.plain("modal.options"),
        choices: [toggle("overlay"), toggle("private")],
      },
      ...moreFieldsOf(layout, filledIn, words),
    ],
  };
}
