import { beatMilliseconds } from "../../protocol/constants.ts";
import type { PageEvents } from "../../protocol.ts";

/** `opening` at first, `live` while the server is heard, `lost` once it is not. */
export type Connection = "opening" | "live" | "lost";

type Handlers = { readonly [Name in keyof PageEvents]?: (event: PageEvents[Name]) => void };

/** A stream of events that is opened again by itself. */
export interface Stream {
  /** Tries at once, where it waits to try again. */
  retry(): void;
  close(): void;
}

/** Between two looks whether the server is heard, milliseconds. */
const lookMilliseconds = 500;
/** Milliseconds without a beat after which the server counts as gone: with the look after it, within two and a half beats. */
const patience = 2.5 * beatMilliseconds - lookMilliseconds;
const retries = [500, 1000, 2000, 3000];

/**
 * Opens the server's events. A server that dies closes its connections, one that hangs sends no beat: both are noticed
 * within 5 seconds, and it is tried again every 3 seconds at most.
 */
export function openStream(
  path: string,
  handlers: Handlers,
  onConnection: (connection: Connection) => void,
): Stream {
  let source: EventSource | null = null;
  let heard = performance.now();
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;

  const names = Object.keys({ ...handlers, hello: true, beat: true }) as (keyof PageEvents)[];
  const lose = () => {
    source?.close();
    source = null;
    if (isClosed) return;
    onConnection("lost");
    clearTimeout(timer);
    timer = setTimeout(open, retries[Math.min(failures++, retries.length - 1)]);
  };
  const open = () => {
    clearTimeout(timer);
    heard = performance.now();
    const opened = new EventSource(path);
    source = opened;
    opened.addEventListener("error", () => {
      if (source === opened) lose();
    });
    for (const name of names) {
      opened.addEventListener(name, (event) => {
        heard = performance.now();
        if (name === "hello") {
          failures = 0;
          onConnection("live");
        }
        const handle = handlers[name] as ((data: unknown) => void) | undefined;
        handle?.(JSON.parse((event as MessageEvent<string>).data));
      });
    }
  };
  const watch = setInterval(() => {
    if (source && performance.now() - heard > patience) lose();
  }, lookMilliseconds);
  // A browser's own word that the network is back is worth a try at once.
  const retry = () => {
    if (source) return;
    failures = 0;
    open();
  };
  addEventListener("online", retry);
  open();
  return {
    retry,
    close() {
      isClosed = true;
      clearInterval(watch);
      clearTimeout(timer);
      removeEventListener("online", retry);
      source?.close();
      source = null;
    },
  };
}
