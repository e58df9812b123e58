import { methods } from "../methods/index.ts";
import type { Call } from "../methods/method.ts";
import type { FakeTeam, Id, Json } from "../types.ts";
import type { World } from "../world/world.ts";
import { SlackApiError } from "./api-error.ts";
import { createRateLimiter } from "./rate-limits.ts";
import { problemsOf } from "./response-urls.ts";

/** A request as it came, and how it was answered. */
export interface RequestRecord {
  readonly method: string;
  readonly args: Json;
  readonly team: Id | null;
  /** The fake's time, in milliseconds since 1970. */
  readonly at: number;
  status: number;
  /** Slack's error code; `null` for success or where the connection was cut. */
  error: string | null;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json;
}

export type WebApi = (method: string, token: string, args: Json) => Promise<Answer>;

type CallParts = Pick<Call, "world" | "messages" | "events" | "interactions" | "socketUrl">;

/** Codes that a well-behaved app never sees: they are kept as violations. */
const violationCodes = new Set([
  "invalid_blocks",
  "invalid_arguments",
  "invalid_metadata_format",
  "invalid_name",
  "markdown_text_conflict",
  "msg_blocks_too_long",
  "msg_too_long",
  "no_text",
  "unknown_method",
]);

/** The Web API behind its transport: token, rate limit, scope, arguments, then the method itself. */
export function createWebApi(parts: CallParts): WebApi {
  const { world } = parts;
  const limit = createRateLimiter(world.settings, world.clock);
  return async (name, token, args) => {
    try {
      const answered = ok(await answer(name, token, args), world);
      return { ...answered, ...world.settings.answers(name, answered) };
    } catch (error) {
      if (error instanceof RateLimited) return error.answer;
      if (!(error instanceof SlackApiError)) throw error;
      if (violationCodes.has(error.code) && !error.isByRule) {
        world.violations.push({ method: name, problems: problemsOf(error), args });
      }
      return { status: 200, headers: {}, body: { ok: false, error: error.code, ...error.fields } };
    }
  };

  async function answer(name: string, token: string, args: Json): Promise<Json> {
    const method = methods.get(name);
    if (method === undefined) throw new SlackApiError("unknown_method", { req_method: name });
    if (token === "") throw new SlackApiError("not_authed");
    const team = teamOf(name, token, world);
    const seconds = limit(name, team.id, String(args.channel ?? ""));
    if (seconds > 0) throw new RateLimited(seconds);
    const unknown = Object.keys(args).filter((key) => !method.argNames.has(key) && !commonArgs.has(key));
    if (unknown.length > 0) {
      world.violations.push({
        method: name,
        problems: unknown.map((key) => `no such argument: ${key}`),
        args,
      });
    }
    return await method.call(args, callOf(parts, team));
  }
}

const commonArgs = new Set(["token", "team_id"]);

function teamOf(method: string, token: string, world: World): FakeTeam {
  const isAppMethod = method.startsWith("apps.connections.");
  const [first] = world.teams.values();
  if (token === world.appToken && first !== undefined) {
    if (!isAppMethod) throw new SlackApiError("not_allowed_token_type");
    return first;
  }
  const team = world.teamOfToken(token);
  if (team === undefined) throw new SlackApiError("invalid_auth");
  if (isAppMethod) throw new SlackApiError("not_allowed_token_type");
  return team;
}

function callOf(parts: CallParts, team: FakeTeam): Call {
  const { world } = parts;
  return {
    ...parts,
    team,
    need(scope) {
      const provided = [...world.settings.scopes];
      if (provided.includes(scope)) return;
      throw new SlackApiError("missing_scope", { needed: scope, provided: provided.join(",") });
    },
    channel(id) {
      const channel = world.channels.get(id);
      const isVisible = channel?.kind === "public" || channel?.members.has(team.botUser.id) === true;
      if (channel === undefined || channel.team !== team.id || !isVisible) {
        throw new SlackApiError("channel_not_found");
      }
      return channel;
    },
  };
}

function ok(body: Json, world: World): Answer {
  const headers = { "x-oauth-scopes": [...world.settings.scopes].join(",") };
  return { status: 200, headers, body: { ok: true, ...body } };
}

class RateLimited extends Error {
  readonly answer: Answer;

  constructor(seconds: number) {
    super(`retry after ${seconds} s`);
    const headers = { "retry-after": String(seconds) };
    this.answer = { status: 429, headers, body: { ok: false, error: "ratelimited" } };
  }
}
