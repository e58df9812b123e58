import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { HTTPReceiver } from "@slack/bolt";
import { EditError, throwIfCancelled } from "../../../errors.ts";
import type { Connection, ConnectionParts } from "./connection.ts";

/** Where Slack sends its requests. */
const eventsPath = "/slack/events";

/** How long Slack is waited for to end its requests. */
const closeMilliseconds = 1000;

/** Requests of Slack to `/slack/events`, signed with the app's secret. */
export function createHttpConnection(
  { signingSecret, port }: { readonly signingSecret: string; readonly port: number },
  { logger, log }: ConnectionParts,
): Connection {
  const receiver = new HTTPReceiver({ signingSecret, endpoints: [eventsPath], logger });
  let server: Server | null = null;
  return {
    receiver,
    get isConnected() {
      return server?.listening === true;
    },
    async open(signal) {
      throwIfCancelled(signal);
      try {
        server = await receiver.start(port);
      } catch (cause) {
        throw new EditError(
          "usage",
          `Expected SLACK_PORT to be a free port, got ${port}: ${cause instanceof Error ? cause.message : cause}.`,
          { cause },
        );
      }
      const { port: found } = server.address() as AddressInfo;
      log("info", "waiting for Slack", { port: found, path: eventsPath });
    },
    async close() {
      if (!server) return;
      const stopped = receiver.stop();
      server.closeIdleConnections();
      await Promise.race([stopped, pause(closeMilliseconds)]);
      server?.closeAllConnections();
      await stopped;
      server = null;
    },
  };
}
