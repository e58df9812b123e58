import { stat } from "node:fs/promises";
import type { ChatPicture } from "../../chat.ts";
import type { SlackClient } from "../client.ts";
import { uploadPicture } from "./upload-picture.ts";

/** Pictures of ours as files on Slack: each is uploaded once and deleted when no message shows it any more. */
export interface Uploads {
  /** Slack's ids of these pictures, ready to be shown. They are in hand until `assign` or `release`. */
  take(pictures: readonly ChatPicture[], signal: AbortSignal): Promise<readonly string[]>;
  /** They were not shown after all; kept for the next try. */
  release(ids: readonly string[]): void;
  /** Slack does not know these any more, so that the next try uploads anew. */
  forget(ids: readonly string[]): void;
  /** The message shows these now, which were in hand, and no others. */
  assign(message: string, ids: readonly string[]): void;
  /** The message showed these before this process began. */
  adopt(message: string, ids: readonly string[]): void;
  /** What the message shows; `null` where that is not known. */
  shownBy(message: string): readonly string[] | null;
  /** Resolves when nothing is being deleted. */
  settled(): Promise<void>;
}

export interface UploadsOptions {
  readonly client: SlackClient;
  /** Called for files that could not be deleted. */
  readonly onLeft: (error: unknown) => void;
}

const keptUploads = 200;
const keptMessages = 10_000;

interface Upload {
  readonly key: string;
  readonly id: Promise<string>;
  /** Once it is there. */
  known: string | null;
}

export function createUploads({ client, onLeft }: UploadsOptions): Uploads {
  /** By path, time and size of the picture; the latest used last. */
  const uploads = new Map<string, Upload>();
  const shown = new Map<string, readonly string[]>();
  const uses = new Map<string, number>();
  const deletions = new Set<Promise<unknown>>();

  async function uploaded(picture: ChatPicture, signal: AbortSignal): Promise<string> {
    const { mtimeMs, size } = await stat(picture.path);
    const key = `${picture.path} ${mtimeMs} ${size}`;
    const found = uploads.get(key);
    if (found) {
      touch(found);
      // Another one's signal may have ended it.
      const id = await found.id.catch(() => null);
      if (id !== null) return id;
    }
    const fresh: Upload = { key, id: uploadPicture(client, picture, signal), known: null };
    touch(fresh);
    try {
      fresh.known = await fresh.id;
      return fresh.known;
    } catch (error) {
      if (uploads.get(key) === fresh) uploads.delete(key);
      throw error;
    }
  }

  function touch(upload: Upload): void {
    uploads.delete(upload.key);
    uploads.set(upload.key, upload);
    const [oldest] = uploads.values();
    if (uploads.size <= keptUploads || !oldest) return;
    uploads.delete(oldest.key);
    oldest.id.then(deleteUnused, () => {});
  }

  function use(ids: readonly string[], change: 1 | -1): void {
    for (const id of ids) {
      const count = (uses.get(id) ?? 0) + change;
      if (count > 0) uses.set(id, count);
      else uses.delete(id);
    }
  }

  function deleteUnused(id: string): void {
    if (uses.has(id)) return;
    forget([id]);
    const deleted = client.files
      .delete({ file: id })
      .catch(onLeft)
      .finally(() => deletions.delete(deleted));
    deletions.add(deleted);
  }

  function forget(ids: readonly string[]): void {
    for (const { key, known } of [...uploads.values()]) {
      if (known !== null && ids.includes(known)) uploads.delete(key);
    }
  }

  function note(message: string, ids: readonly string[]): void {
    shown.delete(message);
    shown.set(message, ids);
    const [oldest] = shown.keys();
    if (shown.size > keptMessages && oldest !== undefined) shown.delete(oldest);
  }

  return {
    async take(pictures, signal) {
      const taken: string[] = [];
      try {
        return await Promise.all(
          pictures.map(async (picture) => {
            const id = await uploaded(picture, signal);
            use([id], 1);
            taken.push(id);
            return id;
          }),
        );
      } catch (error) {
        use(taken, -1);
        throw error;
      }
    },
    release: (ids) => use(ids, -1),
    forget,
    assign(message, ids) {
      const before = shown.get(message) ?? [];
      note(message, ids);
      use(before, -1);
      for (const id of before) deleteUnused(id);
    },
    adopt(message, ids) {
      use(ids, 1);
      note(message, ids);
    },
    shownBy: (message) => shown.get(message) ?? null,
    async settled() {
      await Promise.allSettled(deletions);
    },
  };
}
