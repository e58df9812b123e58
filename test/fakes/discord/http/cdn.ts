import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { AttachmentStore } from "../world/attachments.ts";

/** What goes wrong with downloads. */
export interface Misbehaviour {
  /** Tested against the link's path. Default: any. */
  readonly path?: RegExp;
  /** Downloads that meet it. Default: all from now on. */
  readonly times?: number;
  readonly how: /** Sends to another host (`elsewhereUrl`), where the picture would be. */
    | "redirect"
    /** Streams without a length. */
    | "no-length"
    /** Honest length, and `extraBytes` more than the API said. */
    | "oversize"
    /** No length, and never ends by itself. */
    | "endless"
    /** A few bytes at a time, `pause` milliseconds apart. */
    | "slow"
    /** 200, with a page in place of the picture. */
    | "html"
    /** 404, as for an expired link. */
    | "gone"
    | "server-error"
    /** Cuts the connection in the middle. */
    | "drop";
  /** Default 64 MiB. */
  readonly extraBytes?: number;
  /** Default 100. */
  readonly pause?: number;
}

export interface Cdn extends AsyncDisposable {
  /** `http://127.0.0.1:port`, without a slash. */
  readonly url: string;
  /** Another host on loopback: `http://localhost:port`. */
  readonly elsewhereUrl: string;
  /** Paths that were asked of the other host; nothing should ever be. */
  readonly elsewhereRequests: string[];
  /** Paths that were asked of this one. */
  readonly requests: string[];
  misbehave(misbehaviour: Misbehaviour): void;
  behave(): void;
}

/** Serves what `AttachmentStore` holds at its signed links, and avatars at links that anybody can make. */
export async function startCdn(
  store: () => AttachmentStore,
  avatarOf: (user: string, hash: string) => Uint8Array | null,
): Promise<Cdn> {
  const requests: string[] = [];
  const elsewhereRequests: string[] = [];
  let misbehaviours: { plan: Misbehaviour; left: number }[] = [];
  const take = (path: string) => {
    const found = misbehaviours.find(({ plan, left }) => left > 0 && (plan.path?.test(path) ?? true));
    if (found) found.left--;
    return found?.plan;
  };

  const main = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://fake");
    requests.push(url.pathname);
    const [, folder, channelId, id] = url.pathname.split("/");
    const avatar = folder === "avatars" ? avatarOf(channelId ?? "", (id ?? "").replace(/\.png$/, "")) : null;
    if (avatar) return void response.writeHead(200, { "content-type": "image/png" }).end(avatar);
    const attachment = store().find(id ?? "");
    const isKnown = attachment?.channelId === channelId && /^(ephemeral-)?attachments$/.test(folder ?? "");
    if (!attachment || !isKnown || !store().isFresh(url)) return gone(response);
    const { bytes, contentType } = attachment;
    serve(request, response, bytes, contentType, take(url.pathname)).catch(() => response.destroy());
  });
  const other = createServer((request, response) => {
    elsewhereRequests.push(request.url ?? "/");
    response.writeHead(200, { "content-type": "image/png" }).end();
  });

  async function serve(
    request: IncomingMessage,
    response: ServerResponse,
    bytes: Uint8Array,
    type: string,
    plan: Misbehaviour | undefined,
  ): Promise<void> {
    const head = { "content-type": type, "content-length": String(bytes.length) };
    switch (plan?.how) {
      case undefined:
        return void response.writeHead(200, head).end(request.method === "HEAD" ? undefined : bytes);
      case "redirect":
        return void response.writeHead(302, { location: `${elsewhereUrl}${request.url}` }).end();
      case "html":
        return void response
          .writeHead(200, { "content-type": "text/html" })
          .end("<!doctype html><p>Sign in</p>");
      case "gone":
        return gone(response);
      case "server-error":
        return void response.writeHead(503).end();
      case "no-length":
        response.writeHead(200, { "content-type": type });
        response.write(bytes);
        return void response.end();
      case "drop":
        response.writeHead(200, head).write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
        return;
      case "oversize": {
        const extra = plan.extraBytes ?? 64 * 1024 * 1024;
        response.writeHead(200, { ...head, "content-length": String(bytes.length + extra) });
        response.write(bytes);
        return await pour(response, extra);
      }
      case "endless":
        response.writeHead(200, { "content-type": type }).write(bytes);
        return await pour(response, Number.POSITIVE_INFINITY);
      case "slow":
        response.writeHead(200, head);
        for (let at = 0; at < bytes.length && !response.destroyed; at += 16) {
          response.write(bytes.subarray(at, at + 16));
          await sleep(plan.pause ?? 100);
        }
        return void response.end();
    }
  }

  const port = await listen(main);
  const elsewhereUrl = `http://localhost:${await listen(other)}`;
  return {
    url: `http://127.0.0.1:${port}`,
    elsewhereUrl,
    elsewhereRequests,
    requests,
    misbehave: (plan) => void misbehaviours.push({ plan, left: plan.times ?? Number.POSITIVE_INFINITY }),
    behave() {
      misbehaviours = [];
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([main, other].map(stopServer));
    },
  };
}

/** Listens on a free port of 127.0.0.1 and gives its number. */
export async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Closes a server and whatever is still connected. */
export async function stopServer(server: ReturnType<typeof createServer>): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeAllConnections();
  await closed;
}

function gone(response: ServerResponse): void {
  response.writeHead(404, { "content-type": "text/plain" }).end("This content is no longer available.");
}

async function pour(response: ServerResponse, bytes: number): Promise<void> {
  const chunk = Buffer.alloc(64 * 1024);
  for (let left = bytes; left > 0 && !response.destroyed; left -= chunk.length) {
    const isFlowing = response.write(left < chunk.length ? chunk.subarray(0, left) : chunk);
    if (!isFlowing) await Promise.race([once(response, "drain"), once(response, "close")]);
  }
  response.end();
}
