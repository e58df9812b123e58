import type { JobState } from "../../../store/jobs.ts";
import type { LiveChange } from "./jobs.ts";
import type { PageAnswer, PageMessage } from "./messages.ts";

/**
 * What `GET /api/events` (server-sent events) tells, by the event's name; the data is JSON. After `hello`, the first event of
 * each connection, a page asks for what it shows anew: what happened while it was cut off is not told again.
 */
export interface PageEvents {
  /** `start` changes with each start of the server. */
  readonly hello: { readonly start: string; readonly at: number };
  /** Every 2 seconds: the server is there. */
  readonly beat: { readonly at: number };
  /** A message is new or was edited: it stands whole. */
  readonly message: PageMessage;
  readonly removed: { readonly room: string; readonly id: string };
  readonly answer: PageAnswer;
  /** A job of one's own (in a shared room: of anybody there) is in another state. */
  readonly job: { readonly id: string; readonly state: JobState };
  /** At most 10 a second of each stream. */
  readonly live: { readonly changes: readonly { readonly job: string; readonly change: LiveChange }[] };
  /** What a person had is gone: everything is to be asked for anew. */
  readonly refresh: { readonly at: number };
  /** To operators: something of the operator's view changed. At most one a second. */
  readonly operator: { readonly at: number };
  /** The person is not let in any more: ask for the session anew. */
  readonly ended: { readonly code: string };
}
