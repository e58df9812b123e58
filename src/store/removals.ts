import type { JobPlace } from "./jobs.ts";
import type { PostedMessage } from "./posts.ts";

/** A message of a job that was removed: it is to be taken away on the platform. */
export interface LeavingMessage {
  readonly key: string;
  readonly job: string;
  readonly platform: string;
  /** `null` where it was about to be posted: it has to be looked for in `place`, by its key. */
  readonly message: PostedMessage | null;
  readonly place: JobPlace | null;
  /** When it was first tried to be posted. */
  readonly begunAt: number;
  /** When its job was removed. */
  readonly since: number;
  /** How often it could not be taken away. */
  readonly tries: number;
}

/**
 * What has to go outside of the store, noted in the transaction that removes the job, so that it is known after a failure
 * and after a crash. Folders are told by `JobStore.expirePictures`.
 */
export interface RemovalStore {
  /** Those that are due, the longest due first; with `jobs` of these jobs alone, whether they are due or not. */
  messages(now: number, jobs?: readonly string[]): Promise<readonly LeavingMessage[]>;
  /** Something that belongs to no job any more is to go; due a minute later. */
  leave(left: PostedMessage, now: number): Promise<void>;
  /** It is gone, or nobody can take it away any more. */
  messageRemoved(key: string): Promise<void>;
  /** It could not be taken away, and is due again then. */
  messageStays(key: string, nextAt: number): Promise<void>;
}
