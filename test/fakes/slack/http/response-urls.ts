import { randomBytes } from "node:crypto";
import { z } from "zod";
import { contentOf } from "../methods/chat.ts";
import type { FakeMessage, FakeUser, Id, Json } from "../types.ts";
import type { Messages } from "../world/messages.ts";
import type { World } from "../world/world.ts";
import { SlackApiError } from "./api-error.ts";

/** Response URLs: five messages within half an hour. https://docs.slack.dev/interactivity/handling-user-interaction */
export interface ResponseUrls {
  issue(place: ResponsePlace): ResponseUrl;
  /** Answers a post to such a URL: HTTP status and body. */
  handle(path: string, body: Json): { readonly status: number; readonly body: string };
  /** Answers as if the body had been posted to the URL, as an acknowledgement with a body does. */
  respond(url: ResponseUrl, body: Json): void;
}

export interface ResponsePlace {
  readonly user: FakeUser;
  readonly channel: Id;
  /** The message whose button was pressed; `null` for a command or a shortcut. */
  readonly original: FakeMessage | null;
}

export interface ResponseUrl extends ResponsePlace {
  readonly url: string;
  readonly issuedAt: number;
  uses: number;
  /** Messages that came of it, oldest first. */
  readonly replies: FakeMessage[];
}

const maxUses = 5;
const lifetime = 30 * 60_000;

const responseBody = z.looseObject({
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  attachments: z.array(z.record(z.string(), z.unknown())).optional(),
  response_type: z.enum(["ephemeral", "in_channel"]).optional(),
  replace_original: z.boolean().optional(),
  delete_original: z.boolean().optional(),
  thread_ts: z.string().optional(),
});

export function createResponseUrls(world: World, messages: Messages): ResponseUrls {
  const urls = new Map<string, ResponseUrl>();
  return {
    issue(place) {
      const path = `/actions/${place.user.team}/${world.nextId("R")}/${randomBytes(12).toString("hex")}`;
      const issuedAt = world.clock.now();
      const url: ResponseUrl = { ...place, url: `${world.origin}${path}`, issuedAt, uses: 0, replies: [] };
      urls.set(path, url);
      return url;
    },
    handle(path, body) {
      const url = urls.get(path);
      if (url === undefined) return refusal("invalid_url");
      if (world.clock.now() - url.issuedAt > lifetime) return refusal("expired_url");
      if (url.uses >= maxUses) return refusal("used_url");
      url.uses += 1;
      try {
        respond(url, body);
        return { status: 200, body: "ok" };
      } catch (error) {
        if (!(error instanceof SlackApiError)) throw error;
        if (!error.isByRule) {
          world.violations.push({ method: "response_url", problems: problemsOf(error), args: body });
        }
        return refusal(error.code);
      }
    },
    respond,
  };

  function respond(url: ResponseUrl, body: Json): void {
    const parsed = responseBody.safeParse(body);
    const team = world.teams.get(url.user.team);
    if (!parsed.success || team === undefined) throw new SlackApiError("invalid_payload");
    const args = parsed.data;
    // A command's URL has no original: there `replace_original` posts one more message, as in Slack itself
    // (https://github.com/slackapi/bolt-js/issues/2287).
    const { original } = url;
    if (args.delete_original === true) {
      if (original !== null) messages.remove(original);
      return;
    }
    const content = contentOf(args, { world, team }, 40_000);
    if (args.replace_original === true && original !== null) {
      messages.update(original, content);
      return;
    }
    const reply = messages.post({
      ...content,
      channel: url.channel,
      user: team.botUser.id,
      botId: team.botId,
      threadTs: args.thread_ts ?? null,
      ephemeralTo: args.response_type === "in_channel" ? null : url.user.id,
    });
    url.replies.push(reply);
  }
}

export function problemsOf(error: SlackApiError): string[] {
  const errors = error.fields.errors;
  return Array.isArray(errors) ? errors.map(String) : [error.code];
}

function refusal(error: string): { readonly status: number; readonly body: string } {
  return { status: 404, body: JSON.stringify({ ok: false, error }) };
}
