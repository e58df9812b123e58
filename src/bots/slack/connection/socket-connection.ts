import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { SocketModeReceiver } from "@slack/bolt";
import { EditError, throwIfCancelled } from "../../../errors.ts";
import { type RetryPolicy, retry } from "../../../retry.ts";
import { isTokenShaped, webClientOptions } from "../client.ts";
import { chatErrorOf } from "../failures.ts";
import { isTokenRefusal } from "../people/identity.ts";
import type { Connection, ConnectionParts } from "./connection.ts";

/** Without end. */
const reconnectPolicy: RetryPolicy = { pauses: { first: 1000, longest: 30_000 } };
/** How long Slack is waited for to close its side. */
const closeMilliseconds = 1000;

/**
 * Socket Mode. The client's own reconnecting waits five seconds at least and ends the process where Slack refuses the app
 * token meanwhile, so this one connects anew by itself: at once, then after growing pauses.
 */
export function createSocketConnection(
  { appToken, apiUrl }: { readonly appToken: string; readonly apiUrl: string | null },
  { logger, log, redact }: ConnectionParts,
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

  async function reconnect(): Promise<void> {
    const { signal } = closing;
    const connect = async () => {
      throwIfCancelled(signal);
      await client.start();
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
      await retry(connect, reconnectPolicy, { signal, onFailure });
      log("info", "connected to Slack again");
    } catch (error) {
      if (!signal.aborted) throw error;
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
    async open() {
      if (!isTokenShaped(appToken)) throw refusedAppToken();
      try {
        await client.start();
        isOpened = true;
      } catch (error) {
        if (isTokenRefusal(error)) throw refusedAppToken();
        throw chatErrorOf(error ?? new Error("the connection ended"), { to: "connect the bot" });
      }
    },
    async close() {
      closing.abort();
      await connecting;
      isConnected = false;
      await Promise.race([client.disconnect(), pause(closeMilliseconds)]);
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
