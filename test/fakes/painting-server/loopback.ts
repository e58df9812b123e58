import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { createFaults, type Fault, type FaultAction } from "./faults.ts";

/** What was asked of a fake server. */
export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly authorization: string | null;
  readonly type: string | null;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  /** Default `application/json`. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface LoopbackOptions {
  readonly answer: (request: SeenRequest, url: URL) => Answer | Promise<Answer>;
  /** Takes connections that become something else; without it they are ended. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Forgets what a process that ended would have forgotten. */
  readonly forget: () => void;
}

/** A server on loopback that can be made to misbehave, and to end and start again at the same address. */
export interface Loopback extends AsyncDisposable {
  /** Without a slash at its end. */
  readonly url: string;
  readonly requests: SeenRequest[];
  misbehave(fault: Fault): void;
  behave(): void;
  /** Cuts every connection, forgets, and starts again after so many milliseconds. */
  restart(milliseconds: number): Promise<void>;
  /** Ends for good, as far as a client can tell. */
  stop(): Promise<void>;
}

export async function createLoopback({ answer, upgrade, forget }: LoopbackOptions): Promise<Loopback> {
  const faults = createFaults();
  const requests: SeenRequest[] = [];
  const sockets = new Set<Duplex>();

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", url: path = "/", headers } = request;
    const faultAction = faults.next(`${method} ${path}`);
    const seen = {
      method,
      path,
      authorization: headers.authorization ?? null,
      type: headers["content-type"] ?? null,
      body: await buffer(request),
    };
    requests.push(seen);
    if (faultAction?.kind === "stall") return;
    if (faultAction?.kind === "drop" && faultAction.when === "before") return void response.destroy();
    if (faultAction?.kind === "answer")
      return send(response, { type: "text/html", body: "", ...faultAction }, faultAction);
    send(response, await answer(seen, new URL(path, "http://fake")), faultAction);
  }

  const listen = async (port: number) => {
    const server = createServer((request, response) => {
      serve(request, response).catch(() => response.destroy());
    });
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    server.on("upgrade", (request, socket, head) => {
      if (upgrade && faults.next(`UPGRADE ${request.url}`) === null) upgrade(request, socket, head);
      else socket.end("HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n");
    });
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    return server;
  };
  let server: Server | null = await listen(0);
  const { port } = server.address() as AddressInfo;

  const stop = async () => {
    const ending = server;
    server = null;
    const closed = new Promise((resolve) => (ending ? ending.close(resolve) : resolve(null)));
    for (const socket of sockets) socket.destroy();
    forget();
    await closed;
  };

  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    misbehave: faults.add,
    behave: faults.clear,
    stop,
    async restart(milliseconds) {
      await stop();
      await sleep(milliseconds);
      server = await listen(port);
    },
    [Symbol.asyncDispose]: stop,
  };
}

export function json(value: unknown, status = 200): Answer {
  return { status, body: JSON.stringify(value) };
}

function send(
  response: ServerResponse,
  { status, type, headers, body }: Answer,
  faultAction: FaultAction | null,
) {
  if (faultAction?.kind === "drop") return void response.destroy();
  const bytes = Buffer.from(faultAction?.kind === "body" ? faultAction.body : body);
  response.writeHead(status, {
    "content-type": type ?? "application/json",
    "content-length": bytes.length,
    ...headers,
  });
  const isHalf = faultAction?.kind === "cut" || faultAction?.kind === "trickle";
  if (!isHalf) return void response.end(bytes);
  response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => {
    if (faultAction?.kind === "cut") response.destroy();
  });
}
