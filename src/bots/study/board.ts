import type { Words } from "../../locales/words.ts";
import type { Store } from "../../store/store.ts";
import type { StudyRecord } from "../../store/studies.ts";
import type { AdapterLog, ChatPlatform } from "../chat.ts";
import type { References } from "../messages/references.ts";
import { studyMessage } from "../messages/study.ts";

/** Keeps the message of each study as the store has the study. */
export interface StudyBoard extends AsyncDisposable {
  /** Posts the message of a new study. @throws ChatError */
  post(study: StudyRecord): Promise<void>;
  /** It has changed: its message follows, at once where `isUrgent`, else with others' changes after a while. */
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
  readonly store: Pick<Store, "studies">;
  readonly references: References;
  readonly wordsIn: (locale: string) => Words;
  readonly log: AdapterLog;
  /** Between two edits of one message while people vote. Default 30,000. */
  readonly pauseMilliseconds?: number;
}

export function createStudyBoard(parts: BoardParts): StudyBoard {
  const { platforms, store, references, log, pauseMilliseconds = 30_000 } = parts;
  const closing = new AbortController();
  const { signal } = closing;
  const timers = new Map<string, NodeJS.Timeout>();
  let writing: Promise<unknown> = Promise.resolve();

  const keyOf = (study: StudyRecord) => `${study.id}-study`;
  const messageOf = async (study: StudyRecord) => {
    const progress = await store.studies.progress(study.id);
    return studyMessage(study, progress, { words: parts.wordsIn(study.locale), references });
  };

  async function post(study: StudyRecord): Promise<void> {
    const platform = platforms.get(study.place.platform);
    if (!platform) return;
    const message = await platform.post(study.place, await messageOf(study), { key: keyOf(study), signal });
    await store.studies.setMessage(study.id, message);
  }

  async function write(id: string): Promise<void> {
    const study = await store.studies.find(id);
    const platform = study && platforms.get(study.place.platform);
    if (!study?.message || !platform) return;
    await platform.edit(study.message, await messageOf(study), { signal });
  }

  /** One after another; a message that could not be changed follows with the next change. */
  function inLine(what: () => Promise<void>, study: string): void {
    writing = writing
      .then(() => (signal.aborted ? undefined : what()))
      .catch((error) => log("info", "a study's message could not be brought up to date", { study, error }));
  }

  function changed(id: string, isUrgent = false): void {
    if (signal.aborted) return;
    if (isUrgent) {
      clearTimeout(timers.get(id));
      timers.delete(id);
      inLine(() => write(id), id);
    } else if (!timers.has(id)) {
      const due = () => changed(id, true);
      timers.set(id, setTimeout(due, pauseMilliseconds).unref());
    }
  }

  return {
    post,
    changed,
    async remove({ id, place, message }) {
      clearTimeout(timers.get(id));
      timers.delete(id);
      if (message) await platforms.get(place.platform)?.remove(message, { signal });
    },
    async catchUp(name) {
      const platform = platforms.get(name);
      const open = await store.studies.list({ platform: name, states: ["running", "paused"], limit: 1000 });
      for (const study of open) {
        inLine(async () => {
          if (study.message || !platform) return write(study.id);
          const since = study.createdAt;
          const posted = await platform.findPosted(study.place, keyOf(study), { since, signal });
          if (posted) await store.studies.setMessage(study.id, posted);
          else await post(study);
        }, study.id);
      }
    },
    async settled() {
      for (let last: unknown = null; last !== writing; ) {
        last = writing;
        await writing;
      }
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      for (const timer of timers.values()) clearTimeout(timer);
      await writing;
    },
  };
}
