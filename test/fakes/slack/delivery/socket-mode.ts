import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { setTimeout } from "node:timers/promises";
import { WebSocket, WebSocketServer } from "ws";
import { z } from "zod";
import type { World } from "../world/world.ts";
import type { Attempt, Outcome, Transport } from "./delivery.ts";

/** Socket Mode as Slack serves it, with several connections at once. https://docs.slack.dev/apis/events-api/using-socket-mode */
export interface SocketMode extends Transport, AsyncDisposable {
  /** Sockets that have been greeted and are open. */
  readonly connectionCount: number;
  /** How many sockets there ever were. */
  readonly connectionsMade: number;
  /** A new URL for one connection, for `apps.connections.open`. */
  issueUrl(): string;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Cuts every connection without a close frame. */
  dropAll(): void;
  /** Tells every connection (or the oldest) that it ends soon, then closes it. */
  disconnect(reason: "warning" | "refresh_requested" | "link_disabled", which?: "all" | "oldest"): void;
  /** While false, no pings are sent and none are answered. */
  answersPings: boolean;
}

const acknowledgement = z.object({ envelope_id: z.string(), payload: z.unknown().optional() });

/** Connections that an app may have open at once. */
const maxConnections = 10;

/** Milliseconds that clients have to close when the fake ends. */
const closeGrace = 250;

export function createSocketMode(world: World): SocketMode {
  const server = new WebSocketServer({ noServer: true, autoPong: false });
  const tickets = new Set<string>();
  const sockets: WebSocket[] = [];
  const waiting = new Map<string, { socket: WebSocket; end(outcome: Outcome): void }>();
  let connectionsMade = 0;
  let turn = 0;

  const mode: SocketMode = {
    answersPings: true,
    retryReasons: {
      acknowledged: "",
      timeout: "timeout",
      closed: "timeout",
      "no-connection": "timeout",
      refused: "timeout",
    },
    get connectionCount() {
      return sockets.length;
    },
    get connectionsMade() {
      return connectionsMade;
    },
    issueUrl() {
      const ticket = randomUUID();
      tickets.add(ticket);
      return `${world.origin.replace("http", "ws")}/link/?ticket=${ticket}&app_id=${world.appId}`;
    },
    upgrade(request, socket, head) {
      const ticket = new URL(request.url ?? "/", world.origin).searchParams.get("ticket") ?? "";
      if (!tickets.delete(ticket) || sockets.length >= maxConnections) {
        socket.end("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n");
        return;
      }
      server.handleUpgrade(request, socket, head, greet);
    },
    send,
    dropAll() {
      for (const socket of [...sockets]) socket.terminate();
    },
    disconnect(reason, which = "all") {
      for (const socket of which === "all" ? [...sockets] : sockets.slice(0, 1)) {
        socket.send(JSON.stringify({ type: "disconnect", reason, debug_info: { host: "fake" } }));
        // The client closes by itself; one that does not is cut off.
        if (reason !== "warning") world.timers.after(1000, () => socket.close());
      }
    },
    async [Symbol.asyncDispose]() {
      // A client that is just closing gets its close frame, so that it does not report a broken connection.
      for (const socket of server.clients) socket.close(1001);
      const deadline = performance.now() + closeGrace;
      while (server.clients.size > 0 && performance.now() < deadline) await setTimeout(5);
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
  world.timers.every(world.settings.pingInterval, () => {
    if (mode.answersPings) for (const socket of sockets) socket.ping();
  });
  return mode;

  function greet(socket: WebSocket): void {
    connectionsMade += 1;
    sockets.push(socket);
    socket.on("message", (data) => acknowledge(String(data)));
    socket.on("ping", (data) => {
      if (mode.answersPings) socket.pong(data);
    });
    socket.on("error", () => socket.terminate());
    socket.on("close", () => forget(socket));
    socket.ping();
    const debug = { host: "fake", build_number: 1, approximate_connection_time: 3600 };
    const connection = { app_id: world.appId };
    socket.send(
      JSON.stringify({
        type: "hello",
        num_connections: sockets.length,
        debug_info: debug,
        connection_info: connection,
      }),
    );
  }

  function forget(socket: WebSocket): void {
    const place = sockets.indexOf(socket);
    if (place >= 0) sockets.splice(place, 1);
    for (const [id, entry] of waiting) {
      if (entry.socket !== socket) continue;
      waiting.delete(id);
      entry.end({ kind: "closed" });
    }
  }

  function send(attempt: Attempt): Promise<Outcome> {
    const open = sockets.filter(({ readyState }) => readyState === WebSocket.OPEN);
    const socket = open[turn++ % Math.max(open.length, 1)];
    if (socket === undefined) return Promise.resolve({ kind: "no-connection" });
    const envelope = {
      envelope_id: randomUUID(),
      payload: attempt.payload,
      type: attempt.type,
      accepts_response_payload: attempt.type !== "events_api",
      ...(attempt.type === "events_api"
        ? { retry_attempt: attempt.retry?.attempt ?? 0, retry_reason: attempt.retry?.reason ?? "" }
        : {}),
    };
    return new Promise((resolve) => {
      let isOver = false;
      const end = (outcome: Outcome) => {
        if (isOver) {
          if (outcome.kind === "acknowledged") attempt.onLate();
          return;
        }
        isOver = true;
        resolve(outcome);
      };
      waiting.set(envelope.envelope_id, { socket, end });
      world.timers.after(world.settings.ackTimeout, () => end({ kind: "timeout" }));
      socket.send(JSON.stringify(envelope));
    });
  }

  function acknowledge(text: string): void {
    const parsed = acknowledgement.safeParse(jsonOf(text));
    if (!parsed.success) {
      world.violations.push({ method: "socket", problems: ["not an acknowledgement"], args: { text } });
      return;
    }
    const entry = waiting.get(parsed.data.envelope_id);
    waiting.delete(parsed.data.envelope_id);
    entry?.end({ kind: "acknowledged", body: parsed.data.payload });
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
