import { systemClocks } from "../../clocks.ts";
import type { AdapterLog } from "../chat.ts";
import { createClient, createLogger, createRedact } from "./client.ts";
import { neededScopes, type Scope } from "./manifest.ts";
import { createIdentities } from "./people/identity.ts";

/** What a bot token is good for. */
export interface SlackCheck {
  readonly workspace: { readonly id: string; readonly name: string };
  readonly bot: { readonly id: string; readonly name: string };
  /** Scopes that the bot needs and the token lacks; `null` where Slack does not say. */
  readonly missingScopes: readonly Scope[] | null;
}

/**
 * Asks Slack who the bot is and what it may do.
 * @throws EditError `usage` where Slack refuses the token; ChatError `unavailable`, `rate-limited`
 */
export async function checkSlack({
  botToken,
  apiUrl,
  log = () => {},
}: {
  readonly botToken: string;
  /** Another root of the Web API; Slack's own where `null`. */
  readonly apiUrl: string | null;
  readonly log?: AdapterLog;
}): Promise<SlackCheck> {
  const closing = new AbortController();
  const logger = createLogger(log, createRedact([botToken]));
  const client = createClient({ token: botToken, apiUrl, logger, signal: closing.signal });
  const { team, teamName, user, userName, scopes } = await createIdentities(
    client,
    botToken,
    systemClocks.monotonic,
  ).get();
  const needed = Object.keys(neededScopes) as Scope[];
  return {
    workspace: { id: team, name: teamName },
    bot: { id: user, name: userName },
    missingScopes: scopes ? needed.filter((scope) => !scopes.has(scope)) : null,
  };
}
