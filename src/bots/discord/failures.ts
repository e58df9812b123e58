import { RESTJSONErrorCodes as Code, DiscordAPIError, HTTPError, RateLimitError } from "discord.js";
import { EditError, throwIfCancelled } from "../../errors.ts";
import { ChatError, type ChatFailure, type Permission } from "../chat.ts";

/** Discord's codes (https://discord.com/developers/docs/topics/opcodes-and-status-codes#json) in the port's words. */
const failures: Readonly<Record<number, ChatFailure>> = {
  [Code.MissingAccess]: "missing-permission",
  [Code.MissingPermissions]: "missing-permission",
  [Code.ReactionWasBlocked]: "missing-permission",
  [Code.CannotReplyWithoutPermissionToReadMessageHistory]: "missing-permission",
  [Code.ThreadLocked]: "missing-permission",
  [Code.UnknownChannel]: "unknown-place",
  [Code.UnknownGuild]: "unknown-place",
  [Code.CannotSendMessagesInNonTextChannel]: "unknown-place",
  [Code.UnknownMessage]: "unknown-message",
  [Code.MaximumNumberOfEditsToMessagesOlderThanOneHourReached]: "edit-refused",
  [Code.CannotEditMessageAuthoredByAnotherUser]: "edit-refused",
  [Code.CannotExecuteActionOnSystemMessage]: "edit-refused",
  [Code.InvalidActionOnArchivedThread]: "edit-refused",
  [Code.CannotSendMessagesToThisUser]: "direct-refused",
  [Code.CannotSendMessagesToThisUserDueToHavingNoMutualGuilds]: "direct-refused",
  [Code.InvalidRecipients]: "direct-refused",
  [Code.UnknownUser]: "direct-refused",
  [Code.RequestEntityTooLarge]: "too-large",
  [Code.UnknownWebhook]: "expired",
  [Code.UnknownInteraction]: "expired",
  [Code.ThisInteractionHasHitTheMaximumNumberOfFollowUpMessages]: "expired",
  [Code.InvalidWebhookToken]: "expired",
  [Code.InteractionHasAlreadyBeenAcknowledged]: "expired",
  [Code.OpeningDirectMessagesTooFast]: "rate-limited",
  [Code.ActionCannotBePerformedDueToSlowmodeRateLimit]: "rate-limited",
  [Code.ChannelWriteRateLimit]: "rate-limited",
  [Code.ServerWriteRateLimit]: "rate-limited",
  [Code.ServiceResourceIsBeingRateLimited]: "rate-limited",
  [Code.SendMessagesHasBeenTemporarilyDisabled]: "unavailable",
  [Code.APIResourceOverloaded]: "unavailable",
  [Code.FeatureTemporarilyDisabledServerSide]: "unavailable",
};

/** Of answers whose code says nothing: some come from what stands in front of Discord. */
const failuresOfStatus: Readonly<Record<number, ChatFailure>> = {
  408: "unavailable",
  413: "too-large",
  425: "unavailable",
  429: "rate-limited",
};

const permissionOfCode: Readonly<Record<number, Permission>> = {
  [Code.MissingAccess]: "view",
  [Code.ReactionWasBlocked]: "react",
  [Code.CannotReplyWithoutPermissionToReadMessageHistory]: "read-history",
  [Code.ThreadLocked]: "post",
};

/** What is asked of Discord: named in the failure's text, and what a missing permission may be. */
export interface Aim {
  /** As in `Expected Discord to ..., got ...`. */
  readonly to: string;
  readonly signal?: AbortSignal;
  /** Permissions that it takes. */
  readonly needs?: readonly Permission[];
  /** Those that are missing as far as is known. */
  readonly missing?: () => readonly Permission[];
}

/**
 * Runs one request, which is given a signal of its own: discord.js never takes its listeners back, and the caller's signal
 * may live for as long as the bot. @throws ChatError by Discord's answer; EditError `cancelled` where it was aborted
 */
export async function attempt<T>(aim: Aim, request: (signal: AbortSignal) => Promise<T>): Promise<T> {
  throwIfCancelled(aim.signal);
  const own = new AbortController();
  const pass = () => own.abort(aim.signal?.reason);
  aim.signal?.addEventListener("abort", pass);
  try {
    return await request(own.signal);
  } catch (error) {
    throwIfCancelled(aim.signal);
    throw error instanceof EditError ? error : chatErrorOf(error, aim);
  } finally {
    aim.signal?.removeEventListener("abort", pass);
  }
}

/** Discord's refusal in the port's words. Requests carry tokens in their address, so only texts are kept of them. */
export function chatErrorOf(error: unknown, aim: Aim): ChatError {
  if (error instanceof ChatError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const refusal = (failure: ChatFailure, got: string, options = {}) =>
    new ChatError(failure, `Expected Discord to ${aim.to}, got ${got}.`, { cause: text, ...options });

  if (error instanceof RateLimitError) {
    const retryAfterSeconds = Math.ceil((error.retryAfter || error.timeToReset) / 1000);
    return refusal("rate-limited", `a rate limit of ${retryAfterSeconds} s`, { retryAfterSeconds });
  }
  if (error instanceof HTTPError) return refusal("unavailable", `status ${error.status}`);
  if (!(error instanceof DiscordAPIError)) {
    return refusal(isOfTheNetwork(error) ? "unavailable" : "rejected", JSON.stringify(text));
  }
  const code = Number(error.code);
  const failure = failures[code] ?? failuresOfStatus[error.status] ?? "rejected";
  const missing = failure === "missing-permission" ? missingOf(code, aim) : [];
  return refusal(failure, `${error.status}, code ${error.code}: ${text.trim().replace(/\.$/, "")}`, {
    missing,
  });
}

/** True where Discord does not know the token that a request was made with. */
export function isRefusedToken(error: unknown): boolean {
  return error instanceof DiscordAPIError && error.status === 401;
}

/** True where Discord took offence with exactly this code. */
export function isDiscordCode(error: unknown, code: number): boolean {
  return error instanceof DiscordAPIError && error.code === code;
}

function missingOf(code: number, { needs = [], missing }: Aim): readonly Permission[] {
  const named = permissionOfCode[code];
  if (named) return [named];
  const known = missing?.() ?? [];
  const fitting = needs.filter((permission) => known.includes(permission));
  return fitting.length > 0 ? fitting : needs;
}

/** Timeouts, refused and dropped connections, names that do not resolve. */
export function isOfTheNetwork(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "AbortError" || error.name === "TimeoutError") return true;
  const { code } = error as Error & { code?: unknown };
  return typeof code === "string" ? /^(?:E[A-Z]+|UND_ERR_\w+)$/.test(code) : isOfTheNetwork(error.cause);
}
