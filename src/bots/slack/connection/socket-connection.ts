import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { SocketModeReceiver } from "@slack/bolt";
import { EditError, throwIfCancelled } from "../../../errors.ts";
import { type RetryPolicy, type RetryTiming, retry } from "../../../retry.ts";
import { untilAborted } from "../../until-aborted.ts";
import { isTokenShaped, webClientOptions } from "../client.ts";
import { chatErrorOf, isTokenRefusal } from "../failures.ts";
import type { Connection, ConnectionParts } from "./connection.ts";

/** Without end. */
const pauses: RetryPolicy["pauses"] = { first: 1000, longest: 30_000 };
/** Refusals of the token in a row that are believed: one alone may be a fault of Slack's. */
const refusalsBelieved = 5;
/** How long Slack may take from the first request to its greeting. */
const openMilliseconds = 60_000;
/** How long Slack is waited for to close its side. */
const closeMilliseconds = 1000;

/**
 * Socket Mode. The client's own reconnecting waits five seconds at least and ends the process where Slack refuses the app
 * token meanwhile, so this one connects anew by itself: at once, then after growing pauses.
 */
export function createSocketConnection(
  {
    appToken,
    apiUrl,
    timing = {},
  }: {
    readonly appToken: string;
    readonly apiUrl: string | null;
    readonly timing?: RetryTiming | undefined;
  },
  { logger, log, redact, onRefused }: ConnectionParts,
): Connection {
  const receiver = new SocketModeReceiver({
    appToken: isTokenShaped(appToken) ? appToken : "refused",
    autoReconnectEnabled: false,
    logger,
    installerOptions: { clientOptions: webClientOptions(apiUrl) },
  });
  const { client } = receiver;
  const closing = new AbortController();
  let isConnected = false;
  let isOpened = false;
  let connecting: Promise<void> | null = null;

  async function start(signal: AbortSignal): Promise<void> {
    const overdue = AbortSignal.timeout(openMilliseconds);
    try {
      await untilAborted(client.start(), AbortSignal.any([signal, overdue]));
    } catch (error) {
      if (overdue.aborted) await disconnect();
      throw error;
    }
  }

  async function disconnect(): Promise<void> {
    await Promise.race([client.disconnect(), pause(closeMilliseconds)]);
  }

  async function reconnect(): Promise<void> {
    const { signal } = closing;
    let refusals = 0;
    const isPassing = (error: unknown) => {
      refusals = isTokenRefusal(error) ? refusals + 1 : 0;
      return refusals < refusalsBelieved;
    };
    const connect = async () => {
      throwIfCancelled(signal);
      await start(signal);
      // It may have ended again before this was reached.
      if (!isConnected) throw new Error("the connection ended again");
    };
    const onFailure = (error: unknown, tries: number) => {
      const level = isTokenRefusal(error) ? "error" : "warn";
      if (!signal.aborted) log(level, "Slack could not be reached", { tries, error: redact(textOf(error)) });
    };
    // The client is still busy with telling everybody of the end.
    await turn();
    try {
      await retry(connect, { pauses, isPassing }, { signal, onFailure, timing });
      log("info", "connected to Slack again");
    } catch {
      if (!signal.aborted) onRefused(refusedAppToken());
    }
  }

  client.on("connected", () => {
    isConnected = true;
  });
  client.on("disconnected", () => {
    isConnected = false;
    if (!isOpened || connecting || closing.signal.aborted) return;
    log("info", "the connection to Slack ended");
    connecting = reconnect().finally(() => {
      connecting = null;
    });
  });

  return {
    receiver,
    get isConnected() {
      return isConnected;
    },
    async open(signal) {
      if (!isTokenShaped(appToken)) throw refusedAppToken();
      try {
        await start(signal);
        isOpened = true;
      } catch (error) {
        throwIfCancelled(signal);
        if (isTokenRefusal(error)) throw refusedAppToken();
        throw chatErrorOf(error ?? new Error("the connection ended"), { to: "connect the bot" });
      }
    },
    async close() {
      closing.abort();
      await connecting;
      isConnected = false;
      await disconnect();
    },
  };
}

/** Never says the token. */
function refusedAppToken(): EditError {
  return new EditError(
    "usage",
    "Expected SLACK_APP_TOKEN to be an app-level token (xapp-...) with the scope connections:write, got one that Slack refuses. Make one: https://api.slack.com/apps, your app, Basic Information, App-Level Tokens.",
  );
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error ?? "the connection ended");
}
