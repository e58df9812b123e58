import { randomUUID } from "node:crypto";
import { EditError, isStorageFailure } from "../errors.ts";
import type { RichText } from "../locales/rich-text.ts";
import { ChatError, type ChatMessage } from "./chat.ts";
import type { Context } from "./context.ts";
import { failureOfCode, failureText, permissionText } from "./messages/failure.ts";
import { Refusal } from "./refusal.ts";

/** Tells the member what went wrong and what to do next, in their language. */
export async function tellFailure(
  context: Context,
  error: unknown,
  buttons: ChatMessage["buttons"] = [],
): Promise<void> {
  const { event, services } = context;
  try {
    const text = failureOf(context, error);
    // Does nothing where it was acknowledged before.
    await event.respond.acknowledge();
    await event.respond.say({ text, pictures: [], buttons });
  } catch (unsaid) {
    services.log("info", "an answer could not be given", { event: event.id, error: unsaid });
  }
}

/** What is told of it; what is ours is logged, with a reference that the text names. */
export function failureOf(
  {
    event,
    platform,
    services,
    words,
  }: Omit<Context, "event"> & { readonly event: Pick<Context["event"], "id"> },
  error: unknown,
): RichText {
  if (error instanceof ChatError && error.failure === "missing-permission") {
    return permissionText(error.missing, words);
  }
  // It was closed, archived or left since it was last looked at.
  if (error instanceof ChatError && error.failure === "unknown-place") return permissionText(["view"], words);
  if (error instanceof ChatError && (error.isPassing || error.failure === "expired")) {
    services.log("info", "the chat did not take an answer", { event: event.id, error });
    return words.say("error.chat");
  }
  const { capabilities } = platform;
  if (error instanceof ChatError && error.failure === "too-large") {
    services.log("info", "a picture is too large for its place", { event: event.id, error });
    return words.say("error.place-too-small", { queue: { code: capabilities.typed("queue") } });
  }
  if (error instanceof EditError && error.code !== "internal") {
    const level = isStorageFailure(error) ? "warn" : "debug";
    services.log(level, "refused", { event: event.id, code: error.code, message: error.message });
    const failure = error instanceof Refusal ? error.reason : failureOfCode(error.code, null, error.setting);
    return failureText(failure, words, capabilities);
  }
  const reference = randomUUID().slice(0, 8);
  services.log("error", `reference ${reference}`, { event: event.id, error });
  return failureText({ code: "internal", reference }, words, capabilities);
}
