import type { MessageRef } from "./places.ts";

/** What an adapter is given besides its tokens. */
export interface AdapterServices {
  /** False where an event with this id was handed over before, also before a restart. */
  readonly isNew: (eventId: string) => Promise<boolean>;
  /** Fetches a file under the rules of `src/media/`; `bearer` is sent to `hosts` alone. */
  readonly fetchAttachment: FetchAttachment;
  /** Milliseconds from an event's arrival to its acknowledgement. */
  readonly onAcknowledged: (milliseconds: number) => void;
  /**
   * Keeps something of the bot's that could not be taken away: the platform's `remove` is given it again until it is gone, also
   * after a restart.
   */
  readonly leave: (left: MessageRef) => Promise<void>;
  readonly log: AdapterLog;
}

export type FetchAttachment = (order: {
  readonly url: string;
  /** Host names; redirects elsewhere are refused. */
  readonly hosts: readonly string[];
  readonly bearer: string | null;
  readonly maxBytes: number;
  /** Takes the bytes; must not exist. */
  readonly file: string;
  readonly signal: AbortSignal;
}) => Promise<void>;

export type AdapterLog = (
  level: "debug" | "info" | "warn" | "error",
  text: string,
  details?: Readonly<Record<string, unknown>>,
) => void;
