import { stat } from "node:fs/promises";
import { ChatError, type ChatPicture } from "../../chat.ts";
import type { SlackClient } from "../client.ts";
import { attempt, codeOf } from "../failures.ts";
import type { PictureUpload } from "./upload-picture.ts";

/** Pictures of ours as files on Slack: each is uploaded once and deleted when no message shows it any more. */
export interface Uploads {
  /**
   * Slack's ids of these pictures, ready to be shown. They are in hand until `assign` or `release`. A picture that Slack
   * looks at for long is waited for again by the next try, without another upload.
   */
  take(pictures: readonly ChatPicture[], signal: AbortSignal): Promise<readonly string[]>;
  /** They were not shown after all; kept for the next try. */
  release(ids: readonly string[]): void;
  /** Slack does not know these any more, so that the next try uploads anew. */
  forget(ids: readonly string[]): void;
  /** Those that Slack does not have any more. */
  goneOf(ids: readonly string[], signal: AbortSignal): Promise<readonly string[]>;
  /** The message shows these now, which were in hand, and no others. */
  assign(message: string, ids: readonly string[]): void;
  /**
   * Deletes what the message alone shows, before the message itself goes: afterwards nobody would know which files those were.
   * @throws ChatError where Slack does not answer; what it refuses for good is left
   */
  discard(message: string, signal: AbortSignal): Promise<void>;
  /** Nothing of the message is looked after any more: what it alone shows is left to be deleted later. */
  leave(message: string): void;
  /**
   * Deletes a file that no message shows; one that a message shows again stays.
   * @throws ChatError where Slack does not answer; what it refuses for good is left
   */
  delete(id: string, signal: AbortSignal): Promise<void>;
  /** The message showed these before this process began. */
  adopt(message: string, ids: readonly string[]): void;
  /** What the message shows; `null` where that is not known. */
  shownBy(message: string): readonly string[] | null;
  /** Resolves when nothing is being deleted, or left. */
  settled(): Promise<void>;
}

export interface UploadsOptions {
  readonly client: SlackClient;
  readonly upload: PictureUpload;
  /** Monotonic, in milliseconds. */
  readonly now: () => number;
  /** Called for a file that could not be deleted now. Never rejects. */
  readonly onLeft: (id: string) => Promise<void>;
  /** Called for files that Slack refuses to delete for good. */
  readonly onRefused: (error: unknown) => void;
}

/** Somebody deleted it before. */
const deletedCodes = ["file_not_found", "file_deleted"];
const keptUploads = 200;
const keptMessages = 10_000;
/** A file that Slack still has not looked at is given up, and uploaded anew. */
const stuckMilliseconds = 3 * 60_000;

interface Upload {
  readonly key: string;
  readonly id: Promise<string>;
  readonly begunAt: number;
  /** Slack has looked at it. */
  isReady: boolean;
  /** Once it is there. */
  known: string | null;
}

export function createUploads({ client, upload, now, onLeft, onRefused }: UploadsOptions): Uploads {
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
      if (id !== null) return ready(found, id, signal);
    }
    const id = upload.send(picture, signal);
    const fresh: Upload = { key, id, begunAt: now(), isReady: false, known: null };
    touch(fresh);
    try {
      fresh.known = await fresh.id;
    } catch (error) {
      if (uploads.get(key) === fresh) uploads.delete(key);
      throw error;
    }
    return ready(fresh, fresh.known, signal);
  }

  async function ready(picture: Upload, id: string, signal: AbortSignal): Promise<string> {
    if (picture.isReady) return id;
    try {
      await upload.untilReady(id, signal);
      picture.isReady = true;
      return id;
    } catch (error) {
      if (now() - picture.begunAt > stuckMilliseconds) deleteUnused(id);
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
    const deleted = deleteFile(id)
      .catch(() => onLeft(id))
      .finally(() => deletions.delete(deleted));
    deletions.add(deleted);
  }

  /** @throws ChatError where Slack does not answer */
  async function deleteFile(id: string, signal?: AbortSignal): Promise<void> {
    forget([id]);
    try {
      await attempt({ to: "delete a file", ...(signal ? { signal } : {}) }, () =>
        client.files.delete({ file: id }),
      );
    } catch (error) {
      if (!(error instanceof ChatError) || error.isPassing) throw error;
      if (!deletedCodes.includes(codeOf(error) ?? "")) onRefused(error);
    }
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
    async goneOf(ids, signal) {
      const found = await Promise.all(ids.map((id) => upload.isGone(id, signal)));
      return ids.filter((_, index) => found[index]);
    },
    assign(message, ids) {
      const before = shown.get(message) ?? [];
      note(message, ids);
      use(before, -1);
      for (const id of before) deleteUnused(id);
    },
    async discard(message, signal) {
      for (const id of shown.get(message) ?? []) {
        if ((uses.get(id) ?? 0) <= 1) await deleteFile(id, signal);
      }
      use(shown.get(message) ?? [], -1);
      note(message, []);
    },
    leave(message) {
      const ids = shown.get(message) ?? [];
      use(ids, -1);
      note(message, []);
      for (const id of ids) {
        if (uses.has(id)) continue;
        const left = onLeft(id).finally(() => deletions.delete(left));
        deletions.add(left);
      }
    },
    async delete(id, signal) {
      if (!uses.has(id)) await deleteFile(id, signal);
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
