import { z } from "zod";
import { type Call, ChatError } from "../../chat.ts";
import { attempt } from "../failures.ts";
import type { MessageBody } from "../outgoing/message-body.ts";

/**
 * The address that answers one interaction, to the member alone and also where the bot may not write: five times within
 * half an hour. https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
 */
export interface ResponseUrl {
  readonly isUsable: boolean;
  /**
   * @param options `isInPlace` puts it in place of the message whose button was pressed, which must be the member's alone.
   * @throws ChatError `expired` where it is used up
   */
  send(body: MessageBody, options: Call & { readonly isInPlace: boolean }): Promise<void>;
}

const maxUses = 5;
const lifetime = 30 * 60_000;
/** It counts as dead a little earlier, so that what is begun can be finished. */
const reserve = 30_000;
const requestMilliseconds = 15_000;

export interface ResponseUrlOptions {
  readonly url: string | null;
  /** Milliseconds since it was issued. */
  readonly age: () => number;
  /** The thread that the member looks at. */
  readonly thread: string | null;
}

export function createResponseUrl({ url, age, thread }: ResponseUrlOptions): ResponseUrl {
  let uses = 0;
  let isDead = url === null;
  const isUsable = () => !isDead && uses < maxUses && isFresh(age());
  return {
    get isUsable() {
      return isUsable();
    },
    async send(body, { isInPlace, signal }) {
      if (!url || !isUsable()) throw usedUp();
      uses += 1;
      const answer = await attempt({ to: "show the answer", signal }, () =>
        fetch(url, {
          method: "POST",
          headers: { "content-type": "application/json; charset=utf-8" },
          body: JSON.stringify({
            ...body,
            response_type: "ephemeral",
            // The original is the message with the button, which everybody may see.
            replace_original: isInPlace,
            ...(thread ? { thread_ts: thread } : {}),
          }),
          redirect: "error",
          signal: AbortSignal.any([signal, AbortSignal.timeout(requestMilliseconds)]),
        }),
      );
      const refusal = await refusalIn(answer);
      if (!refusal) return;
      isDead ||= !refusal.isPassing && refusal.cause !== "invalid_blocks";
      throw refusal;
    },
  };
}

/** True while answers to an interaction of that age, in milliseconds, can be sent. */
export function isFresh(age: number): boolean {
  return age < lifetime - reserve;
}

export function usedUp(): ChatError {
  return new ChatError("expired", "Expected an interaction that can be answered, got one that is over.");
}

const answerSchema = z.object({ ok: z.boolean().optional(), error: z.string().optional() });

async function refusalIn(response: Response): Promise<ChatError | null> {
  const text = await response.text().catch(() => "");
  const { status } = response;
  if (status === 429) {
    const retryAfterSeconds = Number(response.headers.get("retry-after")) || 1;
    return refusal("rate-limited", `a rate limit of ${retryAfterSeconds} s`, { retryAfterSeconds });
  }
  if (status >= 500) return refusal("unavailable", `status ${status}`);
  const code = codeIn(text);
  if (response.ok && code === null) return null;
  if (code === "invalid_blocks") return refusal("rejected", code, { cause: code });
  return refusal("expired", code ?? `status ${status}`);
}

function refusal(
  failure: "rate-limited" | "unavailable" | "rejected" | "expired",
  got: string,
  options = {},
) {
  return new ChatError(failure, `Expected Slack to show the answer, got ${got}.`, options);
}

function codeIn(text: string): string | null {
  try {
    const { ok, error } = answerSchema.parse(JSON.parse(text));
    return ok === false ? (error ?? "a refusal") : null;
  } catch {
    return null;
  }
}
