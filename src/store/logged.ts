import type { PostedMessage } from "./posts.ts";

/**
 * Messages of log channels that name somebody: they go when that person has everything forgotten, and those of a job with the
 * job. Kept as long as what was typed for jobs is.
 */
export interface LoggedStore {
  /** Of a job that was removed meanwhile, it is noted as a message that has to go. */
  add(logged: NewLogged, now: number): Promise<void>;
  /** The message under that key; `null` where there is none. */
  find(key: string): Promise<PostedMessage | null>;
}

export interface NewLogged {
  readonly key: string;
  /** `PLATFORM:USER` whom it names. */
  readonly person: string;
  /** The job that it is about; `null` where there is none. */
  readonly job: string | null;
  readonly message: PostedMessage;
}
