import { webApi } from "@slack/bolt";
import { throwIfCancelled } from "../../errors.ts";
import { ChatError, type ChatFailure, type Permission } from "../chat.ts";
import { untilAborted } from "../until-aborted.ts";

/** Slack does not take the token that a request was made with. */
export const tokenRefusals: readonly string[] = [
  "not_authed",
  "invalid_auth",
  "account_inactive",
  "token_revoked",
  "token_expired",
  "not_allowed_token_type",
  "user_removed_from_team",
  "team_disabled",
];

/** Slack's codes (https://docs.slack.dev/reference/methods) in the port's words. */
const failures: Readonly<Record<string, ChatFailure>> = {
  not_in_channel: "missing-permission",
  missing_scope: "missing-permission",
  no_permission: "missing-permission",
  access_denied: "missing-permission",
  restricted_action: "missing-permission",
  restricted_action_read_only_channel: "missing-permission",
  restricted_action_thread_only_channel: "missing-permission",
  restricted_action_non_threadable_channel: "missing-permission",
  restricted_action_thread_locked: "missing-permission",
  posting_to_general_channel_denied: "missing-permission",
  thread_locked: "missing-permission",
  ekm_access_denied: "missing-permission",
  team_access_not_granted: "missing-permission",
  accesslimited: "missing-permission",
  file_type_not_allowed: "missing-permission",
  slack_connect_file_upload_sharing_blocked: "missing-permission",
  file_uploads_disabled: "missing-permission",
  file_uploads_except_images_disabled: "missing-permission",
  channel_not_found: "unknown-place",
  is_archived: "unknown-place",
  user_not_in_channel: "unknown-place",
  message_not_found: "unknown-message",
  thread_not_found: "unknown-message",
  cannot_reply_to_message: "unknown-message",
  edit_window_closed: "edit-refused",
  cant_update_message: "edit-refused",
  cant_delete_message: "edit-refused",
  is_inactive: "edit-refused",
  cannot_dm_bot: "direct-refused",
  user_not_found: "direct-refused",
  users_not_found: "direct-refused",
  user_disabled: "direct-refused",
  user_not_visible: "direct-refused",
  invalid_user_combination: "direct-refused",
  messages_tab_disabled: "direct-refused",
  file_upload_size_restricted: "too-large",
  storage_limit_reached: "too-large",
  expired_trigger_id: "expired",
  trigger_expired: "expired",
  invalid_trigger_id: "expired",
  exchanged_trigger_id: "expired",
  trigger_exchanged: "expired",
  expired_url: "expired",
  used_url: "expired",
  ratelimited: "rate-limited",
  rate_limited: "rate-limited",
  message_limit_exceeded: "rate-limited",
  internal_error: "unavailable",
  fatal_error: "unavailable",
  service_unavailable: "unavailable",
  request_timeout: "unavailable",
  update_failed: "unavailable",
  team_added_to_org: "unavailable",
  org_login_required: "unavailable",
  external_channel_migrating: "unavailable",
  // Whether for good is found out by asking who the bot is; what is due waits meanwhile.
  ...Object.fromEntries(tokenRefusals.map((code) => [code, "unavailable" as const])),
};

const permissionOfCode: Readonly<Record<string, Permission>> = {
  not_in_channel: "join",
  file_uploads_disabled: "attach",
  file_uploads_except_images_disabled: "attach",
  file_type_not_allowed: "attach",
  slack_connect_file_upload_sharing_blocked: "attach",
};

/** Where Slack does not say how long to wait. */
const standardWaitSeconds = 30;

/** What is asked of Slack. */
export interface Aim {
  /** As in `Expected Slack to ..., got ...`. */
  readonly to: string;
  readonly signal?: AbortSignal;
  /** Permissions that it takes, named where a refusal does not say which is missing. Default: to post. */
  readonly needs?: readonly Permission[];
}

/**
 * Runs one request; an aborted signal ends the waiting for it.
 * @throws ChatError by Slack's answer; EditError `cancelled` where the signal was aborted
 */
export async function attempt<T>(aim: Aim, request: () => Promise<T>): Promise<T> {
  throwIfCancelled(aim.signal);
  try {
    return await (aim.signal ? untilAborted(request(), aim.signal) : request());
  } catch (error) {
    throwIfCancelled(aim.signal);
    throw chatErrorOf(error, aim);
  }
}

/** Slack's refusal in the port's words. Only texts are kept of it, and nothing of what was sent. */
export function chatErrorOf(error: unknown, aim: Aim): ChatError {
  if (error instanceof ChatError) return error;
  const refusal = (failure: ChatFailure, got: string, options = {}) =>
    new ChatError(failure, `Expected Slack to ${aim.to}, got ${got}.`, options);
  const limited = (seconds: number) =>
    refusal("rate-limited", `a rate limit of ${seconds} s`, { retryAfterSeconds: seconds });

  if (error instanceof webApi.WebAPIRateLimitedError) return limited(error.retryAfter);
  if (error instanceof webApi.WebAPIHTTPError) {
    const status = error.statusCode;
    const failure =
      status === 413
        ? "too-large"
        : status >= 500 || [408, 425].includes(status)
          ? "unavailable"
          : "rejected";
    return refusal(failure, `status ${status}`, { mayStillArrive: unanswered.includes(status) });
  }
  if (error instanceof webApi.WebAPIRequestError) {
    return refusal("unavailable", "no answer", { mayStillArrive: !isUnsent(error.original) });
  }
  if (error instanceof webApi.WebAPIPlatformError) {
    const { data } = error;
    const code = codeOf(error);
    // A page of some proxy in place of an answer.
    if (code === null) return refusal("unavailable", "an answer that is not Slack's");
    const failure = failures[code] ?? "rejected";
    if (failure === "rate-limited") return limited(data.response_metadata?.retryAfter ?? standardWaitSeconds);
    const details = data.response_metadata?.messages?.join("; ");
    const missing = failure === "missing-permission" ? missingOf(code, data, aim) : [];
    return refusal(failure, details ? `${code}: ${details}` : code, { missing, cause: code });
  }
  const text = error instanceof Error ? error.message : String(error);
  if (text.startsWith("Retry header did not contain")) return limited(standardWaitSeconds);
  return isOfTheNetwork(error)
    ? refusal("unavailable", "no answer", { mayStillArrive: !isUnsent(error) })
    : refusal("rejected", JSON.stringify(text));
}

/** Slack's code of a refusal; `null` where it is none, or none of Slack's. */
export function codeOf(error: unknown): string | null {
  if (error instanceof ChatError) return typeof error.cause === "string" ? error.cause : null;
  if (!(error instanceof webApi.WebAPIPlatformError)) return null;
  const { error: code } = error.data;
  return typeof code === "string" && /^[a-z_:]+$/.test(code) ? code : null;
}

/** True where Slack does not take the token that a request was made with. */
export function isTokenRefusal(error: unknown): boolean {
  return tokenRefusals.includes(codeOf(error) ?? "");
}

/** What a missing scope keeps the bot from. */
export function permissionOfScope(scope: string): Permission {
  if (scope.startsWith("chat:") || scope === "im:write") return "post";
  if (scope === "files:write") return "attach";
  if (scope === "reactions:write") return "react";
  return scope.endsWith(":history") ? "read-history" : "view";
}

function missingOf(code: string, data: object, aim: Aim): readonly Permission[] {
  const { needed } = data as { readonly needed?: unknown };
  if (code === "missing_scope" && typeof needed === "string") {
    return [...new Set(needed.split(",").map((scope) => permissionOfScope(scope.trim())))];
  }
  const named = permissionOfCode[code];
  return named ? [named] : (aim.needs ?? ["post"]);
}

/** What stands in front of Slack has no answer of it. */
const unanswered: readonly number[] = [408, 502, 504];

/** There was no connection to send anything on. */
function isUnsent(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as Error & { code?: unknown };
  return unsentCodes.includes(String(code)) || isUnsent(error.cause);
}

const unsentCodes: readonly string[] = [
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
];

/** Timeouts, refused and dropped connections, names that do not resolve. */
function isOfTheNetwork(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error.name === "AbortError" || error.name === "TimeoutError" || error.message === "fetch failed")
    return true;
  const { code } = error as Error & { code?: unknown };
  return typeof code === "string" ? /^(?:E[A-Z]+|UND_ERR_\w+)$/.test(code) : isOfTheNetwork(error.cause);
}
