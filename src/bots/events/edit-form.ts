import { z } from "zod";
import type { Words } from "../../locales/words.ts";
import type { Modal } from "../chat.ts";
import type { ModalEvent } from "../context.ts";

// The form that asks for an edit: its fields, and what was filled in.

/** What stands in the form, as text. */
export const filledInSchema = z.object({
  prompt: z.string(),
  source: z.string(),
  seed: z.string(),
  /** Empty for what is taken where none is chosen; absent in what was stored before. */
  method: z.string().default(""),
  overlay: z.boolean(),
  private: z.boolean(),
});
export type FilledIn = z.infer<typeof filledInSchema>;

/** Nothing yet. */
export const emptyForm: FilledIn = {
  prompt: "",
  source: "",
  seed: "",
  method: "",
  overlay: false,
  private: false,
};

const fieldsSchema = z.object({
  prompt: z.string().catch(""),
  source: z.string().catch(""),
  seed: z.string().catch(""),
  method: z
    .union([z.string(), z.array(z.string()).transform(([first = ""]) => first)])
    .nullable()
    .catch(null),
  options: z.array(z.string()).catch([]),
});

/** What was filled in; a field that a platform left out is empty, but for a method that was chosen before. */
export function filledInOf({ fields }: ModalEvent, before: Pick<FilledIn, "method">): FilledIn {
  const { options, method, ...texts } = fieldsSchema.parse(fields);
  return {
    ...texts,
    method: method ?? before.method,
    overlay: options.includes("overlay"),
    private: options.includes("private"),
  };
}

/** The modal of an edit. */
export function modalOf(
  words: Words,
  {
    id,
    title,
    prefilled,
    asksForPicture,
    methods,
    maxFields,
  }: Pick<Modal, "id" | "title"> & {
    readonly prefilled: FilledIn;
    readonly asksForPicture: boolean;
    /** Those that may be chosen; a field where there is a choice, and room for one more. */
    readonly methods: readonly string[];
    readonly maxFields: number;
  },
): Modal {
  const hasMethods = methods.length > 1 && (asksForPicture ? 6 : 5) <= maxFields;
  const toggle = (value: "overlay" | "private") => ({
    value,
    label: words.plain(`modal.options.${value}`),
    isOn: prefilled[value],
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
        value: prefilled.prompt,
        placeholder: words.plain("modal.prompt.example"),
        isRequired: true,
        maxLength: 1000,
        isLong: true,
      },
      ...(asksForPicture
        ? [{ name: "image", kind: "picture", label: words.plain("modal.image"), isRequired: true } as const]
        : []),
      {
        name: "source",
        kind: "text",
        label: words.plain("modal.source"),
        hint: words.plain("modal.source.hint"),
        value: prefilled.source.slice(0, 100),
        placeholder: words.plain("modal.source.example"),
        isRequired: false,
        maxLength: 100,
        isLong: false,
      },
      {
        name: "seed",
        kind: "text",
        label: words.plain("modal.seed"),
        hint: words.plain("modal.seed.hint"),
        value: prefilled.seed,
        placeholder: "7",
        isRequired: false,
        maxLength: 20,
        isLong: false,
      },
      {
        name: "options",
        kind: "toggles",
        label: words.plain("modal.options"),
        choices: [toggle("overlay"), toggle("private")],
      },
      ...(hasMethods
        ? [
            {
              name: "method",
              kind: "choice",
              label: words.plain("modal.method"),
              choices: methods.map((value, index) => ({
                value,
                label: value,
                isOn: prefilled.method === "" ? index === 0 : prefilled.method === value,
              })),
            } as const,
          ]
        : []),
    ],
  };
}
