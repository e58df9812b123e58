import { z } from "zod";

// What Slack sends, as far as the bot reads it: https://docs.slack.dev/reference/interaction-payloads and
// https://docs.slack.dev/reference/events. Everything else is dropped unread.

const id = z.string().min(1);
/** Text that the bot can do without, whatever stands in its place. */
const maybe = z.string().nullish().catch(null);
const textOrNone = maybe.transform((text) => text ?? "");
/** Those that can be read: an odd one does not cost the others. */
const readable = <T>(schema: z.ZodType<T>) =>
  z
    .array(z.unknown())
    .nullish()
    .catch(null)
    .transform((list) =>
      (list ?? []).flatMap((each): T[] => {
        const { success, data } = schema.safeParse(each);
        return success ? [data] : [];
      }),
    );
const user = z.object({ id, name: maybe, username: maybe });

/** A file object; a file of another company's workspace is a stub until it is asked for. */
export const fileSchema = z.object({
  id,
  name: maybe,
  title: maybe,
  mimetype: maybe,
  size: z.number().nullish().catch(null),
  mode: maybe,
  file_access: maybe,
  url_private: maybe,
  url_private_download: maybe,
  /** Where it was shared. */
  channels: readable(z.string()).optional(),
  groups: readable(z.string()).optional(),
  ims: readable(z.string()).optional(),
});
export type SlackFile = z.infer<typeof fileSchema>;

export const messageSchema = z.object({
  ts: id,
  thread_ts: maybe,
  /** Of a message that a thread hangs on. */
  latest_reply: maybe,
  files: readable(fileSchema),
  blocks: readable(z.unknown()),
  /** A message that was forwarded stands here with its files. */
  attachments: readable(z.object({ files: readable(fileSchema) })),
});
export type SlackMessage = z.infer<typeof messageSchema>;

export const commandSchema = z.object({
  command: id,
  text: textOrNone,
  trigger_id: id,
  user_id: id,
  user_name: maybe,
  channel_id: id,
  channel_name: maybe,
  response_url: maybe,
});

export const shortcutSchema = z.object({
  callback_id: id,
  trigger_id: id,
  response_url: maybe,
  user,
  channel: z.object({ id, name: maybe }),
  message: messageSchema,
});

export const pressSchema = z.object({
  trigger_id: id,
  response_url: maybe,
  user,
  channel: z.object({ id }).nullish(),
  container: z.object({
    message_ts: maybe,
    channel_id: maybe,
    thread_ts: maybe,
    is_ephemeral: z.boolean().nullish(),
  }),
  message: z.object({ thread_ts: maybe }).nullish(),
  /** Of a press on a member's home. */
  view: z.object({ type: maybe, private_metadata: maybe }).nullish().catch(null),
  actions: z.array(z.object({ action_id: id, value: maybe })).min(1),
});

const inputSchema = z.object({
  type: id,
  value: maybe,
  selected_options: readable(z.object({ value: z.string() })),
  selected_option: z.object({ value: z.string() }).nullish().catch(null),
  files: readable(fileSchema),
});

export const submissionSchema = z.object({
  user,
  trigger_id: maybe,
  view: z.object({
    id,
    private_metadata: z.string(),
    state: z.object({ values: z.record(z.string(), z.record(z.string(), inputSchema)) }),
  }),
});
export type ViewState = z.infer<typeof submissionSchema>["view"]["state"];

/** Of `app_mention`, and of `message` in direct conversations. */
export const messageEventSchema = z.object({
  event_id: id,
  event: messageSchema.extend({
    type: z.enum(["app_mention", "message"]),
    subtype: maybe,
    channel: id,
    channel_type: maybe,
    user: maybe,
    bot_id: maybe,
    text: textOrNone,
    /** `null` where the event has none: mentions lack them at times though the message has files. */
    files: z
      .unknown()
      .optional()
      .transform((files) => (files === undefined ? null : readable(fileSchema).parse(files))),
    edited: z.unknown().optional(),
  }),
});
export type MessageEvent = z.infer<typeof messageEventSchema>["event"];

export const reactionEventSchema = z.object({
  event_id: id,
  event: z.object({
    type: z.enum(["reaction_added", "reaction_removed"]),
    user: id,
    reaction: id,
    item: z.object({ type: id, channel: maybe, ts: maybe }),
    item_user: maybe,
  }),
});

export const homeEventSchema = z.object({
  event_id: id,
  event: z.object({ type: z.literal("app_home_opened"), user: id, channel: id, tab: maybe }),
});
