import type { Json } from "./types.ts";

/** What a test may change at any time. */
export interface Settings {
  /** Scopes of the bot token. */
  readonly scopes: Set<string>;
  /** Event subscriptions of the app: `app_mention`, `message.im`, `reaction_added`, ... */
  readonly subscriptions: Set<string>;
  /** The app has the Home tab. Default true. */
  homeTab: boolean;
  /** Emoji names that `reactions.add` knows. */
  readonly emoji: Set<string>;
  /** Requests a minute by method; a method that is not named is free. Default: Slack's documented tiers. */
  readonly rateLimits: Map<string, RateLimit>;
  /** Milliseconds within which a payload has to be acknowledged. Default 3000. */
  ackTimeout: number;
  /** Milliseconds before the first, second and third redelivery of an event. Default: at once, 1 min, 5 min. */
  retryDelays: readonly number[];
  /** Milliseconds for which a trigger id can open a modal. Default 3000. */
  triggerLifetime: number;
  /** Milliseconds between pings to each socket. Default 10000; the client gives up after 30 s without one. */
  pingInterval: number;
  /** Calls of `files.info` that find a newly uploaded file still being processed. Default 0. */
  fileNotReadyCalls: number;
  /** Milliseconds, by the fake's clock, for which Slack processes an uploaded file. Default 0. */
  fileProcessing: number;
  /** Calls of `files.info` that do not find a newly uploaded file yet. Default 0. */
  fileUnknownCalls: number;
  /** Milliseconds from `files.completeUploadExternal` until the message with the file appears. Default 20. */
  shareDelay: number;
  /** Bytes of the largest upload. Default 1 GiB. */
  maxUploadBytes: number;
  /** Milliseconds after which `chat.update` answers `edit_window_closed`; `null` for never. Default `null`. */
  editWindow: number | null;
  /** Whether `slack_file` blocks refuse files that were shared nowhere. Default false: the poster's access suffices. */
  slackFileNeedsShare: boolean;
  /** Whether `chat.update` refuses a `slack_file` that was shared nowhere, which `chat.postMessage` takes. Default false. */
  editsNeedShare: boolean;
  /** Whether mentions are told without the files of their message. Default false. */
  mentionsLackFiles: boolean;
  /**
   * The rules for apps that serve others from outside the Marketplace: `conversations.history` and `.replies` once a minute,
   * 15 messages a page. Default false.
   */
  isOutsideMarketplace: boolean;
  /** Changes what is delivered to the app. Default: as it is. */
  tells: (type: string, payload: Json) => Json;
  /** Changes the answer of a method, and its headers. Default: as they are. */
  answers: (method: string, answer: Answered) => Answered;
}

/** What a method answers with. */
export interface Answered {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}

/** A bucket that holds `burst` requests and regains `perMinute` of them a minute, for each workspace or channel. */
export interface RateLimit {
  readonly perMinute: number;
  readonly burst: number;
  readonly per: "team" | "channel";
}

export function createSettings(changes: Partial<Settings> = {}): Settings {
  return {
    scopes: new Set(defaultScopes),
    subscriptions: new Set(defaultSubscriptions),
    homeTab: true,
    emoji: new Set(defaultEmoji),
    rateLimits: new Map(Object.entries(documentedRateLimits)),
    ackTimeout: 3000,
    retryDelays: [0, 60_000, 300_000],
    triggerLifetime: 3000,
    pingInterval: 10_000,
    fileNotReadyCalls: 0,
    fileProcessing: 0,
    fileUnknownCalls: 0,
    shareDelay: 20,
    maxUploadBytes: 1024 ** 3,
    editWindow: null,
    slackFileNeedsShare: false,
    editsNeedShare: false,
    mentionsLackFiles: false,
    isOutsideMarketplace: false,
    tells: (_, payload) => payload,
    answers: (_, answer) => answer,
    ...changes,
  };
}

const defaultScopes = [
  "app_mentions:read",
  "channels:history",
  "channels:read",
  "chat:write",
  "commands",
  "files:read",
  "files:write",
  "groups:history",
  "groups:read",
  "im:history",
  "im:read",
  "im:write",
  "reactions:read",
  "reactions:write",
  "team:read",
  "usergroups:read",
  "users:read",
];

const defaultSubscriptions = [
  "app_home_opened",
  "app_mention",
  "app_uninstalled",
  "message.im",
  "reaction_added",
  "reaction_removed",
  "tokens_revoked",
];

const defaultEmoji =
  "zero one two three four five six seven eight nine keycap_ten +1 -1 thumbsup thumbsdown heart eyes x tada art wastebasket white_check_mark black_square_button white_square_button arrows_counterclockwise hourglass hourglass_flowing_sand warning frame_with_picture lower_left_paintbrush".split(
    " ",
  );

/** https://docs.slack.dev/apis/web-api/rate-limits: tier 2 about 20, tier 3 about 50, tier 4 about 100 a minute. */
const documentedRateLimits: Record<string, RateLimit> = {
  "chat.postMessage": { perMinute: 60, burst: 5, per: "channel" },
  ...tier(50, ["chat.update", "chat.delete", "reactions.add", "reactions.remove", "reactions.get"]),
  ...tier(50, ["conversations.history", "conversations.replies", "conversations.info", "conversations.open"]),
  ...tier(50, ["users.conversations", "bots.info", "team.info", "files.delete"]),
  ...tier(20, ["usergroups.list", "usergroups.users.list"]),
  ...tier(100, [
    "chat.postEphemeral",
    "views.open",
    "views.update",
    "views.push",
    "views.publish",
    "users.info",
  ]),
  ...tier(100, ["files.info", "files.getUploadURLExternal", "files.completeUploadExternal"]),
};

function tier(perMinute: number, methods: readonly string[]): Record<string, RateLimit> {
  return Object.fromEntries(methods.map((name) => [name, { perMinute, burst: perMinute, per: "team" }]));
}
