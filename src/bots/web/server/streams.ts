import type { ServerResponse } from "node:http";
import { merged } from "../jobs/live-state.ts";
import { ownRoomOf, sharedRoom } from "../places.ts";
import type { LiveChange, PageEvents } from "../protocol.ts";
import { beatMilliseconds, liveMilliseconds } from "../protocol.ts";

/** Who looks at the page. */
export interface Viewer {
  readonly member: string;
  readonly isOperator: boolean;
}

/** Pages that are open, and what they are told. */
export interface Streams extends Disposable {
  /** From now on the response is a stream of events, until either side ends it. */
  open(response: ServerResponse, viewer: Viewer): void;
  /** To everybody who reads a room. */
  tellRoom<Name extends keyof PageEvents>(room: string, name: Name, data: PageEvents[Name]): void;
  /** To every page of one person. */
  tellMember<Name extends keyof PageEvents>(member: string, name: Name, data: PageEvents[Name]): void;
  /** What is learned of a job, gathered for a tenth of a second. */
  tellLive(room: string, job: string, change: LiveChange): void;
  /** Something of the operator's view changed; told at most once a second. */
  tellOperators(): void;
  /** Ends streams, with the reason: who was there is not let in any more. */
  end(whose: (viewer: Viewer) => boolean, code: string): void;
  readonly size: number;
}

export interface StreamsOptions {
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** Names this run of the server. */
  readonly start: string;
  /** Everybody who uses the page reads the shared room. */
  readonly isShared: boolean;
  /** Open at once, of all and of one person. Beyond that the oldest one ends. Default 4000 and 50. */
  readonly most?: { readonly all: number; readonly ofMember: number };
}

/** A page that reads slower than this is cut off, and comes again. */
const longestBacklog = 4_000_000;
const operatorMilliseconds = 1000;

export function createStreams({ clock, start, isShared, most }: StreamsOptions): Streams {
  const { all: mostOfAll, ofMember: mostOfMember } = most ?? { all: 4000, ofMember: 50 };
  const open = new Map<ServerResponse, Viewer>();
  const pending = new Map<string, { readonly room: string; readonly change: LiveChange }>();
  let liveTimer: NodeJS.Timeout | null = null;
  let operatorTimer: NodeJS.Timeout | null = null;

  const beat = setInterval(() => {
    const text = eventText("beat", { at: clock() });
    for (const response of open.keys()) send(response, text);
  }, beatMilliseconds);
  beat.unref();

  function send(response: ServerResponse, text: string): void {
    if (response.writableLength > longestBacklog) response.destroy();
    else response.write(text);
  }

  function tell(isFor: (viewer: Viewer) => boolean, text: () => string): void {
    let made: string | null = null;
    for (const [response, viewer] of open) {
      if (!isFor(viewer)) continue;
      made ??= text();
      send(response, made);
    }
  }

  const reads = (room: string) => (viewer: Viewer) =>
    (isShared && room === sharedRoom) || room === ownRoomOf(viewer.member);

  function flushLive(): void {
    liveTimer = null;
    const changes = [...pending];
    pending.clear();
    for (const room of new Set(changes.map(([, { room }]) => room))) {
      const ofRoom = changes.flatMap(([job, each]) =>
        each.room === room ? [{ job, change: each.change }] : [],
      );
      tell(reads(room), () => eventText("live", { changes: ofRoom }));
    }
  }

  function makeRoom(member: string): void {
    const mine = [...open].filter(([, viewer]) => viewer.member === member);
    if (mine.length >= mostOfMember) mine[0]?.[0].end();
    else if (open.size >= mostOfAll) open.keys().next().value?.end();
  }

  return {
    open(response, viewer) {
      makeRoom(viewer.member);
      response.writeHead(200, {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "x-accel-buffering": "no",
      });
      open.set(response, viewer);
      response.on("close", () => open.delete(response));
      response.on("error", () => open.delete(response));
      response.socket?.setNoDelay(true);
      send(response, `retry: 1000\n\n${eventText("hello", { start, at: clock() })}`);
    },
    tellRoom: (room, name, data) => tell(reads(room), () => eventText(name, data)),
    tellMember: (member, name, data) =>
      tell(
        (viewer) => viewer.member === member,
        () => eventText(name, data),
      ),
    tellLive(room, job, change) {
      const before = pending.get(job);
      pending.set(job, { room, change: before ? merged(before.change, change) : change });
      liveTimer ??= setTimeout(flushLive, liveMilliseconds).unref();
    },
    tellOperators() {
      operatorTimer ??= setTimeout(() => {
        operatorTimer = null;
        tell(
          ({ isOperator }) => isOperator,
          () => eventText("operator", { at: clock() }),
        );
      }, operatorMilliseconds).unref();
    },
    end(whose, code) {
      for (const [response, viewer] of open) {
        if (!whose(viewer)) continue;
        response.end(eventText("ended", { code }));
      }
    },
    get size() {
      return open.size;
    },
    [Symbol.dispose]() {
      clearInterval(beat);
      if (liveTimer) clearTimeout(liveTimer);
      if (operatorTimer) clearTimeout(operatorTimer);
      for (const response of open.keys()) response.end();
    },
  };
}

/** JSON has no line break, so that one line of data is one event's. */
function eventText<Name extends keyof PageEvents>(name: Name, data: PageEvents[Name]): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
