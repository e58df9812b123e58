import { z } from "zod";

/** A message of ComfyUI's `/ws`: how far a node of a prompt is. */
const progressSchema = z.object({
  type: z.literal("progress"),
  data: z.object({ value: z.number(), max: z.number().positive(), prompt_id: z.string().nullish() }),
});

/** As much of a WebSocket as is needed. */
export interface Socket {
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close" | "error", listener: () => void): void;
  close(): void;
}

export type OpenSocket = (url: string, headers: Readonly<Record<string, string>>) => Socket;

/** What a ComfyUI tells of its progress while it paints. Nothing is missed but steps when it cannot be heard. */
export interface ComfyuiEvents extends Disposable {
  /** Connects where there is no connection. */
  connect(): void;
  /** Told the share of a sampling that is done, 0 to 1, and of which prompt, where the server says that. */
  onShare: ((share: number, promptId: string | null) => void) | null;
}

/**
 * Node's own WebSocket, which takes headers as the browsers' does not
 * (https://undici.nodejs.org/#/docs/api/WebSocket); Node 20 has none.
 */
export function nodeSocket(): OpenSocket | null {
  const Constructor: unknown = Reflect.get(globalThis, "WebSocket");
  if (typeof Constructor !== "function") return null;
  return (url, headers) => Reflect.construct(Constructor, [url, { headers }]) as Socket;
}

export function listenToComfyui(
  url: string,
  options: {
    readonly clientId: string;
    readonly authorization: string | null;
    readonly open: OpenSocket | null;
  },
): ComfyuiEvents {
  const { clientId, authorization, open } = options;
  let socket: Socket | null = null;

  const events: ComfyuiEvents = {
    onShare: null,
    connect() {
      if (socket || !open) return;
      const address = `${url.replace(/^http/, "ws")}/ws?clientId=${clientId}`;
      const opened = open(address, authorization === null ? {} : { authorization });
      socket = opened;
      const forget = () => {
        if (socket === opened) socket = null;
      };
      opened.addEventListener("close", forget);
      opened.addEventListener("error", forget);
      opened.addEventListener("message", ({ data }) => {
        const progress = progressIn(data);
        if (progress) events.onShare?.(progress.value / progress.max, progress.prompt_id ?? null);
      });
    },
    [Symbol.dispose]() {
      events.onShare = null;
      socket?.close();
      socket = null;
    },
  };
  return events;
}

/** Previews come as binary messages, other news with other types. */
function progressIn(data: unknown): z.infer<typeof progressSchema>["data"] | null {
  if (typeof data !== "string") return null;
  try {
    const parsed = progressSchema.safeParse(JSON.parse(data));
    return parsed.success ? parsed.data.data : null;
  } catch {
    return null;
  }
}
