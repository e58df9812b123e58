import { z } from "zod";
import type { MessageRef } from "../../chat.ts";
import type { SlackClient } from "../client.ts";
import { attempt } from "../failures.ts";
import { messageSchema, type SlackMessage } from "../incoming/payloads.ts";

const aimWith = (signal: AbortSignal) => ({ to: "show a message", signal, needs: ["read-history"] }) as const;

/** A message as it is now, in a channel or in a thread; `null` where there is none. @throws ChatError */
export async function messageAt(
  client: SlackClient,
  { channel, message: ts, thread }: Pick<MessageRef, "channel" | "message" | "thread">,
  signal: AbortSignal,
): Promise<SlackMessage | null> {
  const only = { channel, oldest: ts, latest: ts, inclusive: true } as const;
  const inThread = () => client.conversations.replies({ ...only, ts: thread ?? ts });
  const inChannel = () => client.conversations.history({ ...only, limit: 1 });
  for (const ask of thread ? [inThread] : [inChannel, inThread]) {
    const { messages = [] } = await attempt(aimWith(signal), ask);
    const found = messages.find((each) => each.ts === ts);
    if (found) return messageSchema.safeParse(found).data ?? null;
  }
  return null;
}

const pictureBlock = z.object({ type: z.literal("image"), slack_file: z.object({ id: z.string() }) });

/** Ids of the files of a message, in picture blocks or shared with it. @throws ChatError */
export async function filesShownIn(
  client: SlackClient,
  message: MessageRef,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const found = await messageAt(client, message, signal);
  const inBlocks = (found?.blocks ?? []).flatMap(
    (block) => pictureBlock.safeParse(block).data?.slack_file.id ?? [],
  );
  return [...new Set([...inBlocks, ...(found?.files ?? []).map(({ id }) => id)])];
}
