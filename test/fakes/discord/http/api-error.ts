import type { Json } from "../types.ts";

/** A refusal as Discord words it: an HTTP status and `{code, message, errors?}`. */
export class ApiError extends Error {
  readonly status: number;
  readonly body: Json;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: number, message: string, extra: Json = {}, headers = {}) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.body = { message, code, ...extra };
    this.headers = headers;
  }
}

/** The refusals that the fake gives, by what was wrong. */
export const refuse = {
  unauthorized: () => new ApiError(401, 0, "401: Unauthorized"),
  notFound: () => new ApiError(404, 0, "404: Not Found"),
  unknownChannel: () => new ApiError(404, 10003, "Unknown Channel"),
  unknownGuild: () => new ApiError(404, 10004, "Unknown Guild"),
  unknownMember: () => new ApiError(404, 10007, "Unknown Member"),
  unknownMessage: () => new ApiError(404, 10008, "Unknown Message"),
  unknownUser: () => new ApiError(404, 10013, "Unknown User"),
  unknownEmoji: () => new ApiError(400, 10014, "Unknown Emoji"),
  unknownWebhook: () => new ApiError(404, 10015, "Unknown Webhook"),
  unknownInteraction: () => new ApiError(404, 10062, "Unknown interaction"),
  unknownCommand: () => new ApiError(404, 10063, "Unknown application command"),
  tooManyReactions: () => new ApiError(403, 30010, "Maximum number of reactions reached (20)"),
  tooManyOldEdits: (seconds: number) =>
    new ApiError(
      429,
      30046,
      "Maximum number of edits to messages older than 1 hour reached. Try again later",
      { retry_after: seconds, global: false },
      { "retry-after": String(seconds), "x-ratelimit-scope": "shared" },
    ),
  tooLarge: () => new ApiError(413, 40005, "Request entity too large"),
  alreadyAcknowledged: () => new ApiError(400, 40060, "Interaction has already been acknowledged."),
  tooManyFollowUps: () =>
    new ApiError(400, 40094, "This interaction has hit the maximum number of follow-up messages"),
  missingAccess: () => new ApiError(403, 50001, "Missing Access"),
  otherAuthor: () => new ApiError(403, 50005, "Cannot edit a message authored by another user"),
  emptyMessage: () => new ApiError(400, 50006, "Cannot send an empty message"),
  cannotSendToUser: () => new ApiError(403, 50007, "Cannot send messages to this user"),
  missingPermissions: () => new ApiError(403, 50013, "Missing Permissions"),
  invalidWebhookToken: () => new ApiError(401, 50027, "Invalid Webhook Token"),
  invalidBody: (errors: Json) => new ApiError(400, 50035, "Invalid Form Body", { errors }),
  archivedThread: () => new ApiError(400, 50083, "Thread is archived"),
  replyNeedsHistory: () =>
    new ApiError(400, 160002, "Cannot reply without permission to read message history"),
} as const;
