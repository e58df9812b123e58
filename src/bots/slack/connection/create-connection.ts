import type { Clocks } from "../../../clocks.ts";
import { EditError } from "../../../errors.ts";
import type { RetryTiming } from "../../../retry.ts";
import type { Connection, ConnectionParts } from "./connection.ts";
import { createHttpConnection } from "./http-connection.ts";
import { createSocketConnection } from "./socket-connection.ts";

export interface ConnectionOptions {
  /** `xapp-...`: events come by Socket Mode. */
  readonly appToken: string | null;
  /** Without an app token: events come by HTTP and are verified with it. */
  readonly signingSecret: string | null;
  /** Another root of the Web API; Slack's own where `null`. */
  readonly apiUrl: string | null;
  /** Where HTTP listens; port 0 picks a free one and logs it. */
  readonly host: string;
  readonly port: number;
  /** Milliseconds in which a request over HTTP has to arrive whole. Default 15000. */
  readonly requestMilliseconds?: number;
  /** Of the pauses between tries to connect again; the system's by default. */
  readonly timing?: RetryTiming;
}

/**
 * By Socket Mode where there is an app token, else by HTTP.
 * @throws EditError `usage` with neither
 */
export function createConnection(
  options: ConnectionOptions,
  parts: ConnectionParts & { readonly clock: Clocks },
): Connection {
  const { appToken, signingSecret, apiUrl, host, port, requestMilliseconds, timing } = options;
  const { clock } = parts;
  if (appToken) return createSocketConnection({ appToken, apiUrl, timing }, parts);
  if (signingSecret)
    return createHttpConnection({ signingSecret, host, port, requestMilliseconds, clock }, parts);
  throw new EditError(
    "usage",
    "Expected SLACK_APP_TOKEN (Socket Mode) or SLACK_SIGNING_SECRET (HTTP) beside SLACK_BOT_TOKEN, got neither. https://api.slack.com/apps, your app, Basic Information, has both.",
  );
}
