import type { Logger, Receiver } from "@slack/bolt";
import type { AdapterLog } from "../../chat.ts";
import type { Redact } from "../client.ts";

/** How events reach the bot. */
export interface Connection {
  readonly receiver: Receiver;
  readonly isConnected: boolean;
  /** Resolves once events arrive. */
  open(): Promise<void>;
  close(): Promise<void>;
}

export interface ConnectionParts {
  readonly logger: Logger;
  readonly log: AdapterLog;
  readonly redact: Redact;
}
