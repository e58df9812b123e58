import { WebSocket } from "ws";
import { z } from "zod";
import { jsonOf } from "../request.ts";

/** A message of ComfyUI's `/ws`: how far a node of a prompt is. */
const progressSchema = z.object({
  type: z.literal("progress"),
  data: z.object({ value: z.number(), max: z.number().positive(), prompt_id: z.string().nullish() }),
});
/** A prompt is over, well or not, and its history is written. */
const endSchema = z.object({ type: z.literal("executing"), data: z.object({ node: z.null() }) });
const newsSchema = z.union([progressSchema, endSchema]);

/** What a ComfyUI reports while it paints. Without a connection only steps and some time are lost. */
export interface ComfyuiEvents extends Disposable {
  /** Connects where there is no connection. */
  connect(): void;
  /** Called with the share of a sampling that is done, 0 to 1, and its prompt, where the server says which. */
  onShare: ((share: number, promptId: string | null) => void) | null;
  /** Aborted once one of this client's prompts is over, until it is asked for again. */
  nextEnd(): AbortSignal;
}

export function listenToComfyui(
  url: string,
  { clientId, authorization }: { readonly clientId: string; readonly authorization: string | null },
): ComfyuiEvents {
  let socket: WebSocket | null = null;
  let end = new AbortController();

  const events: ComfyuiEvents = {
    onShare: null,
    nextEnd() {
      end = new AbortController();
      return end.signal;
    },
    connect() {
      if (socket) return;
      const address = `${url.replace(/^http/, "ws")}/ws?clientId=${clientId}`;
      const opened = new WebSocket(address, {
        headers: authorization === null ? {} : { authorization },
        handshakeTimeout: 10_000,
      });
      socket = opened;
      const forget = () => {
        if (socket === opened) socket = null;
      };
      opened.on("close", forget).on("error", forget);
      opened.on("message", (data, isBinary) => {
        const news = isBinary ? null : newsIn(String(data));
        if (news?.type === "executing") end.abort();
        else if (news) events.onShare?.(news.data.value / news.data.max, news.data.prompt_id ?? null);
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
function newsIn(text: string): z.infer<typeof newsSchema> | null {
  return newsSchema.safeParse(jsonOf(text)).data ?? null;
}
