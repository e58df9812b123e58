import type { Logger, Receiver } from "@slack/bolt";
import type { AdapterLog, StartOptions } from "../../chat.ts";
import type { Redact } from "../client.ts";

/** How events reach the bot. */
export interface Connection {
  readonly receiver: Receiver;
  readonly isConnected: boolean;
  /** Resolves once events arrive. Opened once; closed also where that failed. */
  open(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface ConnectionParts {
  readonly logger: Logger;
  readonly log: AdapterLog;
  readonly redact: Redact;
  readonly onRefused: StartOptions["onRefused"];
}
