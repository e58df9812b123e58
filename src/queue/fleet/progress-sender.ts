import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Progress } from "../../types.ts";
import type { QueueLog } from "../queue-log.ts";
import type { ToBot } from "./protocol.ts";
import type { RunUploads } from "./run-files.ts";
import { withShownPictures } from "./shown-pictures.ts";

/** Tells a bot of a run's progress, all of it and in order, in at most five messages a second. */
export interface ProgressSender {
  note(progress: Progress): void;
  /** Sends what is not sent yet. */
  flush(): Promise<void>;
}

export interface ProgressSenderParts {
  readonly run: string;
  /** Of the run; files that progress names lie there. */
  readonly folder: string;
  readonly uploads: RunUploads;
  readonly send: (message: ToBot) => Promise<void>;
  readonly log: QueueLog;
}

const leastMilliseconds = 200;

/** Pictures go by the file store, before the message that names them. */
export function createProgressSender(parts: ProgressSenderParts): ProgressSender {
  const { run, folder, uploads, send, log } = parts;
  let waiting: Promise<ToBot["events"]>[] = [];
  let timer: NodeJS.Timeout | null = null;
  let sending = Promise.resolve();

  async function eventOf(noted: Progress): Promise<ToBot["events"][number]> {
    if (noted.phase === "result") await uploads.put(noted.file);
    const progress = await withShownPictures(noted, uploads.put, (error) =>
      log("debug", "a picture of a run's progress could not be put", { run, error }),
    );
    if (progress.phase !== "draft") return { progress };
    const { side, rgb } = progress.thumbnail;
    const thumbnail = `draft-${progress.anchor}-${progress.proposal}.rgb`;
    await writeFile(join(folder, thumbnail), rgb);
    await uploads.put(thumbnail);
    return { progress: { ...progress, thumbnail: { side, rgb: new Uint8Array() } }, thumbnail };
  }

  /** None where its picture could not be put: the result will show it. */
  async function eventsOf(progress: Progress): Promise<ToBot["events"]> {
    try {
      return [await eventOf(progress)];
    } catch (error) {
      log("debug", "progress could not be told", { run, error });
      return [];
    }
  }

  function flush(): Promise<void> {
    if (timer) clearTimeout(timer);
    timer = null;
    const all = waiting;
    waiting = [];
    sending = sending
      .then(async () => {
        const events = (await Promise.all(all)).flat();
        if (events.length > 0) await send({ run, events, hasEnded: false });
      })
      .catch((error) => log("debug", "progress could not be sent", { run, error }));
    return sending;
  }

  return {
    note(progress) {
      // Put at once: the next step may take the file away.
      waiting.push(eventsOf(progress));
      timer ??= setTimeout(() => void flush(), leastMilliseconds);
    },
    flush,
  };
}
