import { randomInt } from "node:crypto";
import type { Words } from "../../locales/words.ts";
import type { Store } from "../../store/store.ts";
import type { StudyRecord } from "../../store/studies.ts";
import { type AdapterLog, ChatError, type ChatPlatform, type MessageRef } from "../chat.ts";
import type { References } from "../messages/references.ts";
import { studyMessage } from "../messages/study.ts";

/** Keeps the message of each study as the store has the study. */
export interface StudyBoard extends AsyncDisposable {
  /** Posts the message of a new study; where the chat is out of reach for now, it comes later. @throws ChatError where it is refused */
  post(study: StudyRecord): Promise<void>;
  /**
   * It has changed: its message follows, at once where `isUrgent`, else at most so often. What is urgent comes as a new message where
   * the old one cannot be edited any more, or is gone.
   */
  changed(study: string, isUrgent?: boolean): void;
  /** Its message goes with it. */
  remove(study: StudyRecord): Promise<void>;
  /** A platform can be written to now: what an earlier process left to tell there is told. */
  catchUp(platform: string): Promise<void>;
  /** Resolves when nothing is being written. */
  settled(): Promise<void>;
}

export interface BoardParts {
  readonly platforms: ReadonlyMap<string, ChatPlatform>;
  readonly store: Pick<Store, "studies" | "removals">;
  readonly references: References;
  readonly wordsIn: (locale: string) => Words;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly log: AdapterLog;
  /** Between two edits of one message while people vote. Default 30,000. */
  readonly pauseMilliseconds?: number;
}

export function createStudyBoard(parts: BoardParts): StudyBoard {
  const { platforms, store, references, clock, log, pauseMilliseconds = 30_000 } = parts;
  const closing = new AbortController();
  const { signal } = closing;
  /** Studies whose message was written a little while ago, and whether something changed since. */
  const resting = new Map<string, { readonly timer: NodeJS.Timeout; isStale: boolean }>();
  let writing: Promise<unknown> = Promise.resolve();

  const messageOf = async (study: StudyRecord) => {
    const progress = await store.studies.progress(study.id);
    return studyMessage(study, progress, { words: parts.wordsIn(study.locale), references });
  };

  async function post(study: StudyRecord, key = firstKey(study)): Promise<void> {
    const platform = platforms.get(study.place.platform);
    if (!platform) return;
    const message = await platform.post(study.place, await messageOf(study), { key, signal });
    await store.studies.setMessage(study.id, message);
  }

  /** Progress alone is not worth a new message: where the old one is too old to be edited, it stays as it is. */
  async function write(id: string, isUrgent: boolean): Promise<void> {
    const study = await store.studies.find(id);
    const platform = study && platforms.get(study.place.platform);
    if (!study || !platform) return;
    if (!study.message) return postOrFind(study, platform);
    const { editWindowSeconds } = platform.capabilities;
    const age = (clock() - study.createdAt) / 1000;
    if (!isUrgent && editWindowSeconds !== null && age > editWindowSeconds) return;
    try {
      await platform.edit(study.message, await messageOf(study), { signal });
    } catch (error) {
      const isLost =
        error instanceof ChatError &&
        (error.failure === "edit-refused" || error.failure === "unknown-message");
      if (!isUrgent || !isLost) throw error;
      await post(study, `${study.id}-again${randomInt(100)}`);
      await takeAway(study.message, platform);
    }
  }

  /** It may be there already: the process ended, or the answer was lost, before the store heard of it. */
  async function postOrFind(study: StudyRecord, platform: ChatPlatform): Promise<void> {
    const since = study.createdAt;
    const posted = await platform.findPosted(study.place, firstKey(study), { since, signal });
    if (posted) await store.studies.setMessage(study.id, posted);
    else await post(study);
  }

  /** What cannot be taken away now is tried again later, also after a restart. */
  async function takeAway(message: MessageRef, platform: ChatPlatform): Promise<void> {
    await platform.remove(message, { signal }).catch(() => store.removals.leave(message, clock()));
  }

  /** One after another; a message that could not be changed is tried again after the pause. */
  function inLine(what: () => Promise<void>, study: string): void {
    writing = writing
      .then(() => (signal.aborted ? undefined : what()))
      .catch((error) => {
        log("info", "a study's message could not be brought up to date", { study, error });
        const known = resting.get(study);
        if (known && error instanceof ChatError && error.isPassing) known.isStale = true;
      });
  }

  function rest(id: string, isStale = false): void {
    const end = () => {
      const isDue = resting.get(id)?.isStale;
      resting.delete(id);
      if (isDue) changed(id);
    };
    resting.set(id, { timer: setTimeout(end, pauseMilliseconds).unref(), isStale });
  }

  function changed(id: string, isUrgent = false): void {
    if (signal.aborted) return;
    const known = resting.get(id);
    if (known && !isUrgent) {
      known.isStale = true;
      return;
    }
    clearTimeout(known?.timer);
    rest(id);
    inLine(() => write(id, isUrgent), id);
  }

  return {
    async post(study) {
      try {
        await post(study);
      } catch (error) {
        if (!(error instanceof ChatError) || !error.isPassing) throw error;
        rest(study.id, true);
      }
    },
    changed,
    async remove({ id, place, message }) {
      clearTimeout(resting.get(id)?.timer);
      resting.delete(id);
      const platform = platforms.get(place.platform);
      if (message && platform) await takeAway(message, platform);
    },
    async catchUp(name) {
      const open = await store.studies.list({ platform: name, states: ["running", "paused"], limit: 1000 });
      for (const { id } of open) inLine(() => write(id, false), id);
    },
    async settled() {
      for (let last: unknown = null; last !== writing; ) {
        last = writing;
        await writing;
      }
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      for (const { timer } of resting.values()) clearTimeout(timer);
      await writing;
    },
  };
}

function firstKey({ id }: StudyRecord): string {
  return `${id}-study`;
}
