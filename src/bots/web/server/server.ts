import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import { EditError } from "../../../errors.ts";

export interface PageServerOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Answers a request, by the interface of the web. */
  readonly fetch: Parameters<typeof getRequestListener>[0];
}

/** Listens until it is disposed of. */
export interface PageServer extends AsyncDisposable {
  readonly isListening: boolean;
  /** `http://127.0.0.1:8090`, with the port that was picked. */
  readonly url: string;
}

/** Headers, and a whole request with the largest picture on a slow line; whoever trickles is cut off. */
const timeouts = {
  headersTimeout: 10_000,
  requestTimeout: 120_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 2000,
} as const;
const mostConnections = 5000;

/** @throws EditError `usage` where it cannot listen */
export async function startPageServer({ host, port, fetch }: PageServerOptions): Promise<PageServer> {
  const listener = getRequestListener(fetch, { overrideGlobalObjects: false });
  const server = createServer({ ...timeouts, maxHeaderSize: 16_384 }, (request, response) => {
    void listener(request, response);
  });
  server.maxConnections = mostConnections;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const expected = `Expected to listen on ${host} (LRBOT_WEB_HOST) at port ${port} (LRBOT_WEB_PORT)`;
      reject(new EditError("usage", `${expected}, got ${cause.code}.`, { cause }));
    });
    server.listen(port, host, resolve);
  });
  const { port: found } = server.address() as AddressInfo;
  return {
    get isListening() {
      return server.listening;
    },
    url: `http://${host.includes(":") ? `[${host}]` : host}:${found}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
