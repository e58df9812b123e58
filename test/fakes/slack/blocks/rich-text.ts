import { z } from "zod";

// https://docs.slack.dev/reference/block-kit/blocks/rich-text-block

const styles = ["bold", "italic", "strike", "code", "underline", "highlight", "client_highlight", "unlink"];
const style = z.strictObject(Object.fromEntries(styles.map((name) => [name, z.boolean().optional()])));
const styled = { style: style.optional() };
const id = (prefix: string) => z.string().regex(new RegExp(`^[${prefix}][A-Z0-9]+$`));

const element = z.discriminatedUnion("type", [
  z.strictObject({ ...styled, type: z.literal("text"), text: z.string().min(1) }),
  z.strictObject({
    ...styled,
    type: z.literal("link"),
    url: z.string().min(1).max(3000),
    text: z.string().optional(),
    unsafe: z.boolean().optional(),
  }),
  z.strictObject({ ...styled, type: z.literal("user"), user_id: id("UW") }),
  z.strictObject({ ...styled, type: z.literal("usergroup"), usergroup_id: id("S") }),
  z.strictObject({ ...styled, type: z.literal("channel"), channel_id: id("CGD") }),
  z.strictObject({ ...styled, type: z.literal("team"), team_id: id("TE") }),
  z.strictObject({ ...styled, type: z.literal("broadcast"), range: z.enum(["here", "channel", "everyone"]) }),
  z.strictObject({
    ...styled,
    type: z.literal("emoji"),
    name: z.string().min(1),
    unicode: z.string().optional(),
  }),
  z.strictObject({ ...styled, type: z.literal("color"), value: z.string().min(1) }),
  z.strictObject({
    ...styled,
    type: z.literal("date"),
    timestamp: z.int(),
    format: z.string().min(1),
    url: z.string().optional(),
    fallback: z.string().optional(),
  }),
]);

const elements = z.array(element);
const section = z.strictObject({ type: z.literal("rich_text_section"), elements });
const border = z.union([z.literal(0), z.literal(1)]).optional();

/** What stands in a rich text block: sections, lists of sections, quotes and code. */
export const richTextElements = z
  .array(
    z.discriminatedUnion("type", [
      section,
      z.strictObject({
        type: z.literal("rich_text_list"),
        style: z.enum(["bullet", "ordered"]),
        elements: z.array(section),
        indent: z.int().min(0).max(8).optional(),
        offset: z.int().min(0).optional(),
        border,
      }),
      z.strictObject({ type: z.literal("rich_text_quote"), elements, border }),
      z.strictObject({
        type: z.literal("rich_text_preformatted"),
        elements,
        border,
        language: z.string().optional(),
      }),
    ]),
  )
  .min(1);
