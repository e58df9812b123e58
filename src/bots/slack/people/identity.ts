import { EditError } from "../../../errors.ts";
import { ChatError } from "../../chat.ts";
import { isTokenShaped, type SlackClient } from "../client.ts";
import { attempt, isTokenRefusal } from "../failures.ts";

/** Who the bot is in its workspace. */
export interface Identity {
  readonly user: string;
  readonly userName: string;
  readonly bot: string;
  readonly team: string;
  readonly teamName: string;
  /** Scopes of the token; `null` where Slack does not say. */
  readonly scopes: ReadonlySet<string> | null;
}

export interface Identities {
  /**
   * Asked once, and again where `maxAge` milliseconds have passed since.
   * @throws EditError `usage` where Slack refuses the token that it never took before; ChatError `unavailable`, `rate-limited`
   */
  get(maxAge?: number): Promise<Identity>;
  /** Asks now. @throws EditError `usage` where Slack refuses the token; ChatError `unavailable`, `rate-limited` */
  ask(): Promise<Identity>;
  /** What was told last; `null` before. */
  readonly known: Identity | null;
}

/** `now` is monotonic. */
export function createIdentities(client: SlackClient, token: string, now: () => number): Identities {
  let asked: { readonly at: number; readonly answer: Promise<Identity> } | null = null;
  let known: Identity | null = null;
  return {
    get known() {
      return known;
    },
    ask: () => ask(client, token),
    async get(maxAge = Number.POSITIVE_INFINITY) {
      if (!asked || now() - asked.at > maxAge) asked = { at: now(), answer: ask(client, token) };
      const { answer } = asked;
      try {
        known = await answer;
        return known;
      } catch (error) {
        if (asked?.answer === answer) asked = null;
        // What is due waits until it is known whether that is for good.
        if (known && error instanceof EditError) throw new ChatError("unavailable", error.message);
        throw error;
      }
    },
  };
}

/** Never says the token. */
export function refusedToken(): EditError {
  return new EditError(
    "usage",
    "Expected SLACK_BOT_TOKEN to be the bot token (xoxb-...) of an installed Slack app, got one that Slack refuses. Copy it anew: https://api.slack.com/apps, your app, OAuth & Permissions, Bot User OAuth Token.",
  );
}

async function ask(client: SlackClient, token: string): Promise<Identity> {
  if (!isTokenShaped(token)) throw refusedToken();
  const answer = await attempt({ to: "say who the bot is" }, () => client.auth.test()).catch((error) => {
    throw isTokenRefusal(error) ? refusedToken() : error;
  });
  const { user_id: user, bot_id: bot, team_id: team } = answer;
  // A token of a person, or of an app that has no bot.
  if (!user || !bot || !team) throw refusedToken();
  const scopes = answer.response_metadata?.scopes;
  return {
    user,
    bot,
    team,
    userName: answer.user ?? user,
    teamName: answer.team ?? team,
    scopes: scopes ? new Set(scopes) : null,
  };
}
