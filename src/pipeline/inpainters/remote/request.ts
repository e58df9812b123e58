import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";
import { z } from "zod";
import { EditError, throwIfCancelled } from "../../../errors.ts";
import type { RemoteServer } from "../../../types.ts";
import { connectionFailure, failureOf } from "./failures.ts";
import type { RemoteHints } from "./kind.ts";

/** One request to a server that paints. */
export interface RemoteRequest {
  /** `GET` where there is none. */
  readonly body?: { readonly type: string; readonly bytes: Uint8Array };
  /** How long until the whole answer is there. */
  readonly milliseconds: number;
  readonly signal?: AbortSignal | undefined;
}

/** Speaks HTTP to one server, as whoever is to be let in. Disposing of it closes its connections. */
export interface RemoteClient extends Disposable {
  /**
   * The answer's bytes.
   * @param path With its query, from the server's address on.
   * @throws EditError `inpainter-unreachable` where another try may help; `inpainter-refused`, `out-of-memory`, `cancelled`
   */
  bytes(path: string, request: RemoteRequest): Promise<Uint8Array>;
  /** The same for an answer that must be JSON of a form. */
  json<T>(path: string, schema: z.ZodType<T>, request: RemoteRequest): Promise<T>;
}

/** A server is not let fill the memory: the largest answer is one picture. */
const largestAnswer = 128 * 2 ** 20;

export function createRemoteClient(server: RemoteServer, hints: RemoteHints): RemoteClient {
  const isSecure = server.url.startsWith("https:");
  const agent = isSecure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });

  async function bytes(path: string, request: RemoteRequest): Promise<Uint8Array> {
    throwIfCancelled(request.signal);
    try {
      const { status, body } = await exchange(path, request);
      if (status >= 200 && status < 300) return body;
      throw failureOf(server, hints, { path, status, body });
    } catch (cause) {
      throwIfCancelled(request.signal);
      throw cause instanceof EditError ? cause : connectionFailure(server, cause);
    }
  }

  function exchange(path: string, { body, milliseconds, signal }: RemoteRequest) {
    return new Promise<{ status: number; body: Uint8Array }>((resolve, reject) => {
      const headers: Record<string, string | number> = { accept: "*/*" };
      if (server.authorization !== null) headers.authorization = server.authorization;
      if (body) headers["content-type"] = body.type;
      if (body) headers["content-length"] = body.bytes.length;
      const open = isSecure ? requestHttps : requestHttp;
      const sent = open(`${server.url}${path}`, { method: body ? "POST" : "GET", headers, agent, signal });
      const overdue = setTimeout(
        () => sent.destroy(new Error(`no answer within ${milliseconds / 1000} s`)),
        milliseconds,
      );
      sent.once("close", () => clearTimeout(overdue));
      // Every error has a listener: a second one without would end the process.
      sent.on("error", reject);
      sent.once("response", (response) => {
        collect(response).then((whole) => resolve({ status: response.statusCode ?? 0, body: whole }), reject);
      });
      sent.end(body?.bytes);
    });
  }

  return {
    bytes,
    async json(path, schema, request) {
      const answer = Buffer.from(await bytes(path, request)).toString();
      const parsed = schema.safeParse(jsonOf(answer));
      if (parsed.success) return parsed.data;
      throw new EditError(
        "inpainter-refused",
        `Expected ${server.name} at ${server.url} to answer ${path} as such a server does, got ${JSON.stringify(answer.slice(0, 80))}. Is a server of the kind ${server.kind} at that address?`,
        { cause: z.prettifyError(parsed.error) },
      );
    },
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** JSON as a request's body. */
export function jsonBody(value: unknown): NonNullable<RemoteRequest["body"]> {
  return { type: "application/json", bytes: Buffer.from(JSON.stringify(value)) };
}

async function collect(response: IncomingMessage): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of response) {
    parts.push(part);
    length += part.length;
    if (length > largestAnswer) throw new Error(`an answer of more than ${largestAnswer} bytes`);
  }
  return Buffer.concat(parts);
}

/** What a text says as JSON; `undefined` where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
