import { request } from "node:http";
import type {
  MessagePage,
  PageAnswer,
  PageEvents,
  PageJob,
  PageMessage,
  Problem,
  Reply,
  SayRequest,
  Session,
  Upload,
} from "../../../src/bots/web/protocol.ts";

/** One event of the stream. */
export type Heard = {
  [Name in keyof PageEvents]: { readonly name: Name; readonly data: PageEvents[Name] };
}[keyof PageEvents];

export interface Answered<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

/** A browser in front of the page, without a screen: cookies, the session's token, and the stream of events. */
export interface PageClient {
  readonly session: Session;
  /** The room that this person alone reads. */
  readonly room: string;
  get<T>(path: string, headers?: Record<string, string>): Promise<Answered<T>>;
  post<T>(path: string, body: unknown, headers?: Record<string, string>): Promise<Answered<T>>;
  /** The bytes that a path leads to. */
  bytes(
    path: string,
  ): Promise<{ readonly status: number; readonly bytes: Buffer; readonly headers: Headers }>;
  upload(picture: Uint8Array, headers?: Record<string, string>): Promise<Answered<Upload & Problem>>;
  say(said: Omit<SayRequest, "room"> & { readonly room?: string }): Promise<Reply>;
  messages(room?: string): Promise<readonly PageMessage[]>;
  job(id: string): Promise<PageJob>;
  /** Events in their order, since `listen`. */
  readonly heard: readonly Heard[];
  /** What was said to this person alone, in answer to a request. */
  answersTo(reply: Reply): readonly PageAnswer[];
  /** Opens the stream; resolves with its first event. */
  listen(): Promise<void>;
  /** Asks for the session anew. */
  refresh(): Promise<Session>;
  close(): void;
}

/** Opens the page. @param headers Sent with every request, as a proxy or a browser's settings would. */
export async function openPage(
  url: string,
  headers: Record<string, string> = {},
  cookies = new Map<string, string>(),
): Promise<PageClient> {
  const heard: Heard[] = [];
  const closing = new AbortController();
  let session: Session;

  async function ask(path: string, init: RequestInit & { headers?: Record<string, string> } = {}) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(new URL(path, url), {
      ...init,
      signal: closing.signal,
      headers: { ...(cookie ? { cookie } : {}), ...headers, ...init.headers },
    });
    for (const set of response.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    return response;
  }
  async function answered<T>(response: Response): Promise<Answered<T>> {
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === "" ? null : JSON.parse(text)) as T,
    };
  }
  const client: PageClient = {
    get session() {
      return session;
    },
    get room() {
      return session.rooms[0]?.id ?? "";
    },
    heard,
    get: async (path, more = {}) => answered(await ask(path, { headers: more })),
    post: async (path, body, more = {}) =>
      answered(
        await ask(path, {
          method: "POST",
          body: JSON.stringify(body),
          headers: {
            "content-type": "application/json",
            origin: new URL(url).origin,
            "x-lrbot-csrf": session.csrf,
            ...more,
          },
        }),
      ),
    async bytes(path) {
      const response = await ask(path);
      return {
        status: response.status,
        headers: response.headers,
        bytes: Buffer.from(await response.arrayBuffer()),
      };
    },
    upload: async (picture, more = {}) =>
      answered(
        await ask("/api/uploads", {
          method: "POST",
          body: new Uint8Array(picture),
          headers: {
            "content-type": "image/png",
            origin: new URL(url).origin,
            "x-lrbot-csrf": session.csrf,
            ...more,
          },
        }),
      ),
    async say(said) {
      const { status, body } = await client.post<Reply & Problem>("/api/say", { room: client.room, ...said });
      if (status !== 202) throw new Error(`${status} ${body.code} ${body.text}`);
      return body;
    },
    async messages(room = client.room) {
      const { body } = await client.get<MessagePage>(`/api/messages?room=${room}&limit=500`);
      return body.messages;
    },
    job: async (id) => (await client.get<PageJob>(`/api/jobs/${id}`)).body,
    answersTo: ({ id }) =>
      heard.flatMap(({ name, data }) => (name === "answer" && data.to === id ? [data] : [])),
    listen() {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      return new Promise((resolve, reject) => {
        const asked = request(
          new URL("/api/events", url),
          { headers: { cookie, ...headers }, signal: closing.signal },
          (response) => {
            if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
            let text = "";
            response.setEncoding("utf8");
            response.on("data", (chunk: string) => {
              text += chunk;
              const blocks = text.split("\n\n");
              text = blocks.pop() ?? "";
              for (const block of blocks) {
                const [, name] = /^event: (.+)$/m.exec(block) ?? [];
                const [, data] = /^data: (.+)$/m.exec(block) ?? [];
                if (name && data) heard.push({ name, data: JSON.parse(data) } as Heard);
                if (name === "hello") resolve();
              }
            });
            response.on("error", () => {});
          },
        );
        asked.on("error", reject);
        asked.end();
      });
    },
    async refresh() {
      session = (await client.get<Session>("/api/session")).body;
      return session;
    },
    close: () => closing.abort(),
  };
  await client.refresh();
  return client;
}
