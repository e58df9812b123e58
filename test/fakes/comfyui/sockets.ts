import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";

/** The connections of `/ws`, one for each client id. */
export interface Sockets {
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  readonly clients: readonly string[];
  /** To one client, or to all. */
  send(type: string, data: unknown, client: string | null): void;
  /** A preview, as bytes. */
  sendBytes(bytes: Uint8Array, client: string): void;
  /** Cuts all. */
  drop(): void;
}

export function createSockets(options: {
  /** Whether whoever asks is let in. */
  readonly isWelcome: (authorization: string | undefined) => boolean;
  /** What a new connection is told first. */
  readonly status: () => unknown;
}): Sockets {
  const server = new WebSocketServer({ noServer: true });
  const open = new Map<string, WebSocket>();

  const sockets: Sockets = {
    upgrade(request, socket, head) {
      const { pathname, searchParams } = new URL(request.url ?? "", "http://fake");
      const isWelcome = options.isWelcome(request.headers.authorization);
      if (pathname !== "/ws" || !isWelcome) {
        const status = isWelcome ? "404 Not Found" : "401 Unauthorized";
        return void socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\n\r\n`);
      }
      server.handleUpgrade(request, socket, head, (opened) => {
        const client = searchParams.get("clientId") ?? "";
        open.set(client, opened);
        opened.on("close", () => {
          if (open.get(client) === opened) open.delete(client);
        });
        sockets.send("status", { status: options.status(), sid: client }, client);
      });
    },
    get clients() {
      return [...open.keys()];
    },
    send(type, data, client) {
      const message = JSON.stringify({ type, data });
      for (const [name, socket] of open) if (client === null || name === client) socket.send(message);
    },
    sendBytes: (bytes, client) => open.get(client)?.send(bytes),
    drop() {
      for (const socket of open.values()) socket.terminate();
      open.clear();
    },
  };
  return sockets;
}
