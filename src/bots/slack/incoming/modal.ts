import type { types } from "@slack/bolt";
import { z } from "zod";
import type { Modal, ModalField } from "../../chat.ts";
import type { SlackFile, ViewState } from "./payloads.ts";

/** Where a modal was opened, kept by Slack beside its id: the submission itself belongs to no place. */
const originSchema = z.object({
  modal: z.string(),
  channel: z.string(),
  /** Where the answers of the event belong. */
  thread: z.string().nullable(),
  /** Answers what opened it for half an hour, also where the bot may not write. */
  responseUrl: z.string().nullable(),
  openedAt: z.number(),
  /** The thread that the member looks at. */
  shownIn: z.string().nullable(),
});
export type ModalOrigin = z.infer<typeof originSchema>;

export const modalCallback = "lrbot_modal";

const maxPlaceholderLength = 150;
const maxInputLength = 3000;
const maxOptionLength = 75;
/** Endings that the picker offers. */
const pictureTypes = ["png", "jpg", "jpeg", "webp", "avif"];

/** A modal as Slack takes it. https://docs.slack.dev/surfaces/modals */
export function modalBodyOf(modal: Modal, origin: Omit<ModalOrigin, "modal">): types.ModalView {
  return {
    type: "modal",
    callback_id: modalCallback,
    private_metadata: JSON.stringify({ ...origin, modal: modal.id } satisfies ModalOrigin),
    title: plain(modal.title.slice(0, 24)),
    submit: plain(modal.submit.slice(0, 24)),
    blocks: modal.fields.map((field) => ({
      type: "input",
      block_id: field.name,
      label: plain(field.label),
      ...(field.hint ? { hint: plain(field.hint) } : {}),
      optional: field.kind === "toggles" || (field.kind !== "choice" && !field.isRequired),
      element: elementOf(field),
    })),
  };
}

/** `null` where the modal is none of ours. */
export function originOf(privateMetadata: string): ModalOrigin | null {
  try {
    return originSchema.parse(JSON.parse(privateMetadata));
  } catch {
    return null;
  }
}

/** What a member gave: text, chosen values, files. */
export function submissionOf({ values }: ViewState): {
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
  readonly files: readonly SlackFile[];
} {
  const given = Object.values(values).flatMap((block) => Object.entries(block));
  const texts = given
    .filter(([, { type }]) => type === "plain_text_input")
    .map(([name, { value }]) => [name, value ?? ""] as const);
  const toggles = given
    .filter(([, { type }]) => type === "checkboxes")
    .map(([name, { selected_options: chosen }]) => [name, chosen.map(({ value }) => value)] as const);
  const choices = given.flatMap(([name, { type, selected_option: chosen }]) =>
    type === "static_select" && chosen ? [[name, chosen.value] as const] : [],
  );
  return {
    fields: Object.fromEntries([...texts, ...toggles, ...choices]),
    files: given.flatMap(([, { files }]) => files),
  };
}

function elementOf(field: ModalField): types.InputBlock["element"] {
  const { name } = field;
  switch (field.kind) {
    case "text":
      return {
        type: "plain_text_input",
        action_id: name,
        multiline: field.isLong,
        max_length: Math.min(field.maxLength, maxInputLength),
        ...(field.value
          ? { initial_value: field.value.slice(0, Math.min(field.maxLength, maxInputLength)) }
          : {}),
        ...(field.placeholder
          ? { placeholder: plain(field.placeholder.slice(0, maxPlaceholderLength)) }
          : {}),
      };
    case "picture":
      return { type: "file_input", action_id: name, filetypes: pictureTypes, max_files: 1 };
    case "choice": {
      const options = optionsOf(field);
      const chosen = options.find((_, index) => field.choices[index]?.isOn);
      return {
        type: "static_select",
        action_id: name,
        options,
        ...(chosen ? { initial_option: chosen } : {}),
      };
    }
    case "toggles": {
      const options = optionsOf(field);
      const chosen = options.filter((_, index) => field.choices[index]?.isOn);
      return {
        type: "checkboxes",
        action_id: name,
        options,
        ...(chosen.length > 0 ? { initial_options: chosen } : {}),
      };
    }
  }
}

function optionsOf({ choices }: Extract<ModalField, { readonly kind: "choice" | "toggles" }>) {
  return choices.map(({ value, label }) => ({ value, text: plain(label.slice(0, maxOptionLength)) }));
}

function plain(text: string): types.PlainTextElement {
  return { type: "plain_text", text, emoji: true };
}
