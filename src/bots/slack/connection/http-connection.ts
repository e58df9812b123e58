import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { HTTPReceiver, type Logger } from "@slack/bolt";
import type { Clocks } from "../../../clocks.ts";
import { EditError, throwIfCancelled } from "../../../errors.ts";
import type { Connection, ConnectionParts } from "./connection.ts";

/** Where Slack sends its requests. */
const eventsPath = "/slack/events";

/** How far a request's time may lie from ours: https://docs.slack.dev/authentication/verifying-requests-from-slack */
const longestAwaySeconds = 300;

/** How long a request may take to arrive whole; Slack itself gives up after 3 s. */
const standardRequestMilliseconds = 15_000;

/** Of what bolt says of requests, in each so many milliseconds. */
const mostWarnings = 5;
const warningMilliseconds = 60_000;

/** How long Slack is waited for to end its requests. */
const closeMilliseconds = 1000;

export interface HttpConnectionOptions {
  readonly signingSecret: string;
  /** The address to listen on. */
  readonly host: string;
  /** 0 picks a free one and logs it. */
  readonly port: number;
  /** Milliseconds in which a request has to arrive whole. Default 15000. */
  readonly requestMilliseconds?: number | undefined;
  readonly clock: Clocks;
}

/** Requests of Slack to `/slack/events`, signed with the app's secret. */
export function createHttpConnection(
  options: HttpConnectionOptions,
  { logger, log }: ConnectionParts,
): Connection {
  const { signingSecret, host, port, clock } = options;
  const { requestMilliseconds = standardRequestMilliseconds } = options;
  const receiver = new HTTPReceiver({
    ...{ signingSecret, endpoints: [eventsPath] },
    logger: fewWarnings(logger, clock.monotonic),
  });
  const limits = {
    headersTimeout: requestMilliseconds,
    requestTimeout: requestMilliseconds,
    connectionsCheckingInterval: Math.min(1000, requestMilliseconds),
  };
  const server = createServer(limits, (request, response) => {
    const isExpected = request.method === "POST" && request.url?.split("?")[0] === eventsPath;
    if (!isExpected) response.writeHead(404).end();
    // bolt refuses what is old, and nothing that is ahead: a request could be kept and sent for as long as it says.
    else if (secondsAway(request, clock) > longestAwaySeconds) response.writeHead(401).end();
    else receiver.requestListener(request, response);
  });
  return {
    receiver,
    get isConnected() {
      return server.listening;
    },
    async open(signal) {
      throwIfCancelled(signal);
      await listen(server, host, port);
      const { port: found } = server.address() as AddressInfo;
      log("info", "waiting for Slack", { host, port: found, path: eventsPath });
    },
    async close() {
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await Promise.race([closed, pause(closeMilliseconds)]);
      server.closeAllConnections();
      await closed;
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on("error", (cause: NodeJS.ErrnoException) => {
      const expected = `Expected to listen for Slack on ${host} (SLACK_HOST) at port ${port} (SLACK_PORT)`;
      reject(new EditError("usage", `${expected}, got ${cause.code}.`, { cause }));
    });
    server.listen(port, host, resolve);
  });
}

/** Whoever reaches the port makes bolt warn once a request: a few lines of each minute tell it too, and fill no disk. */
function fewWarnings(logger: Logger, now: () => number): Logger {
  let since = Number.NEGATIVE_INFINITY;
  let count = 0;
  const few =
    (write: (...texts: unknown[]) => void) =>
    (...texts: unknown[]): void => {
      if (now() - since > warningMilliseconds) {
        const dropped = count - mostWarnings;
        if (dropped > 0) write(`${dropped} more of these until a minute ago`);
        since = now();
        count = 0;
      }
      count += 1;
      if (count <= mostWarnings) write(...texts);
    };
  return { ...logger, warn: few(logger.warn), error: few(logger.error) };
}

/** How far the time that a request was signed at lies from ours, either way; 0 where it names none, which bolt refuses. */
function secondsAway({ headers }: IncomingMessage, clock: Clocks): number {
  const signedAt = Number(headers["x-slack-request-timestamp"]);
  return Number.isNaN(signedAt) ? 0 : Math.abs(clock.wall() / 1000 - signedAt);
}
