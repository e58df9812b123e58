import { z } from "zod";
import { accessory, actionElement, contextElement, hasOnePicture, inputElement } from "./elements.ts";
import { richTextElements } from "./rich-text.ts";
import { anyText, identifier, plainText, slackFile } from "./text.ts";

// https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/reference/views

const blockId = { block_id: identifier.optional() };

const section = z
  .strictObject({
    ...blockId,
    type: z.literal("section"),
    text: anyText(3000).optional(),
    fields: z.array(anyText(2000)).min(1).max(10).optional(),
    accessory: accessory.optional(),
    expand: z.boolean().optional(),
  })
  .refine(({ text, fields }) => text !== undefined || fields !== undefined, "must have text or fields");

const actions = z.strictObject({
  ...blockId,
  type: z.literal("actions"),
  elements: z.array(actionElement).min(1).max(25),
});

const image = z
  .strictObject({
    ...blockId,
    type: z.literal("image"),
    image_url: z.string().max(3000).optional(),
    slack_file: slackFile.optional(),
    alt_text: z.string().min(1).max(2000),
    title: plainText(2000).optional(),
  })
  .refine(hasOnePicture, "must have image_url or slack_file, not both");

const input = z.strictObject({
  ...blockId,
  type: z.literal("input"),
  label: plainText(2000),
  element: inputElement,
  hint: plainText(2000).optional(),
  optional: z.boolean().optional(),
  dispatch_action: z.boolean().optional(),
});

/** Any block. Which of them a surface takes is checked in `check.ts`. */
export const block = z.discriminatedUnion("type", [
  section,
  actions,
  image,
  input,
  z.strictObject({
    ...blockId,
    type: z.literal("context"),
    elements: z.array(contextElement).min(1).max(10),
  }),
  z.strictObject({ ...blockId, type: z.literal("divider") }),
  z.strictObject({ ...blockId, type: z.literal("header"), text: plainText(150) }),
  z.strictObject({ ...blockId, type: z.literal("markdown"), text: z.string().min(1).max(12_000) }),
  z.strictObject({
    ...blockId,
    type: z.literal("rich_text"),
    elements: richTextElements,
  }),
]);

export const messageBlocks = z.array(block).max(50);

export const modal = z
  .strictObject({
    type: z.literal("modal"),
    title: plainText(24),
    blocks: z.array(block).max(100),
    close: plainText(24).optional(),
    submit: plainText(24).optional(),
    private_metadata: z.string().max(3000).optional(),
    callback_id: z.string().max(255).optional(),
    external_id: z.string().max(255).optional(),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
    submit_disabled: z.boolean().optional(),
  })
  .refine(
    ({ blocks, submit }) => submit !== undefined || !blocks.some(({ type }) => type === "input"),
    "submit is required when an input block is within the blocks array",
  );

export const home = z.strictObject({
  type: z.literal("home"),
  blocks: z.array(block).max(100),
  private_metadata: z.string().max(3000).optional(),
  callback_id: z.string().max(255).optional(),
  external_id: z.string().max(255).optional(),
});
