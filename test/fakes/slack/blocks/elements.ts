import { z } from "zod";
import { anyText, confirmation, identifier, option, plainText, slackFile } from "./text.ts";

// https://docs.slack.dev/reference/block-kit/block-elements

const action = { action_id: identifier.optional() };
const focus = { focus_on_load: z.boolean().optional() };
const select = {
  ...action,
  ...focus,
  placeholder: plainText(150).optional(),
  confirm: confirmation.optional(),
};
const options = z.array(option).min(1).max(100).optional();
const groups = z
  .array(z.strictObject({ label: plainText(75), options: z.array(option).min(1).max(100) }))
  .min(1)
  .max(100)
  .optional();

export const imageElement = z
  .strictObject({
    type: z.literal("image"),
    image_url: z.string().max(3000).optional(),
    slack_file: slackFile.optional(),
    alt_text: z.string().min(1).max(2000),
  })
  .refine(hasOnePicture, "must have image_url or slack_file, not both");

const button = z.strictObject({
  ...action,
  type: z.literal("button"),
  text: plainText(75),
  url: z.string().max(3000).optional(),
  value: z.string().max(2000).optional(),
  style: z.enum(["primary", "danger"]).optional(),
  confirm: confirmation.optional(),
  accessibility_label: z.string().max(75).optional(),
});

const staticSelect = z.strictObject({
  ...select,
  type: z.literal("static_select"),
  options,
  option_groups: groups,
  initial_option: option.optional(),
});

const multiStaticSelect = z.strictObject({
  ...select,
  type: z.literal("multi_static_select"),
  options,
  option_groups: groups,
  initial_options: z.array(option).optional(),
  max_selected_items: z.int().min(1).optional(),
});

const usersSelect = z.strictObject({
  ...select,
  type: z.literal("users_select"),
  initial_user: z.string().optional(),
});

const conversationsSelect = z.strictObject({
  ...select,
  type: z.literal("conversations_select"),
  initial_conversation: z.string().optional(),
  default_to_current_conversation: z.boolean().optional(),
  response_url_enabled: z.boolean().optional(),
  filter: z.looseObject({}).optional(),
});

const choices = {
  ...action,
  ...focus,
  options: z.array(option).min(1).max(10),
  confirm: confirmation.optional(),
};
const checkboxes = z.strictObject({
  ...choices,
  type: z.literal("checkboxes"),
  initial_options: z.array(option).min(1).optional(),
});
const radioButtons = z.strictObject({
  ...choices,
  type: z.literal("radio_buttons"),
  initial_option: option.optional(),
});

const overflow = z.strictObject({
  ...action,
  type: z.literal("overflow"),
  options: z.array(option).min(1).max(5),
  confirm: confirmation.optional(),
});

const plainTextInput = z.strictObject({
  ...action,
  ...focus,
  type: z.literal("plain_text_input"),
  initial_value: z.string().max(3000).optional(),
  multiline: z.boolean().optional(),
  min_length: z.int().min(0).max(3000).optional(),
  max_length: z.int().min(1).max(3000).optional(),
  placeholder: plainText(150).optional(),
  dispatch_action_config: z.looseObject({}).optional(),
});

const numberInput = z.strictObject({
  ...action,
  ...focus,
  type: z.literal("number_input"),
  is_decimal_allowed: z.boolean(),
  initial_value: z.string().optional(),
  min_value: z.string().optional(),
  max_value: z.string().optional(),
  placeholder: plainText(150).optional(),
  dispatch_action_config: z.looseObject({}).optional(),
});

const fileInput = z.strictObject({
  ...action,
  type: z.literal("file_input"),
  filetypes: z.array(z.string().min(1)).optional(),
  max_files: z.int().min(1).max(10).optional(),
});

/** Elements of an actions block. */
export const actionElement = z.discriminatedUnion("type", [
  button,
  staticSelect,
  multiStaticSelect,
  usersSelect,
  conversationsSelect,
  checkboxes,
  radioButtons,
  overflow,
]);

/** Elements of an input block. */
export const inputElement = z.discriminatedUnion("type", [
  plainTextInput,
  numberInput,
  fileInput,
  staticSelect,
  multiStaticSelect,
  usersSelect,
  conversationsSelect,
  checkboxes,
  radioButtons,
]);

/** The accessory of a section. */
export const accessory = z.union([actionElement, imageElement]);

/** Elements of a context block. */
export const contextElement = z.union([imageElement, anyText(3000)]);

export function hasOnePicture(image: {
  readonly image_url?: string | undefined;
  readonly slack_file?: unknown;
}): boolean {
  return (image.image_url === undefined) !== (image.slack_file === undefined);
}
