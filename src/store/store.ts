import type { AuditLog } from "./audit.ts";
import type { DraftStore } from "./drafts.ts";
import type { EstimateStore } from "./estimates.ts";
import type { EventLog } from "./events.ts";
import type { JobStore } from "./jobs.ts";
import type { LoggedStore } from "./logged.ts";
import type { MessageStore } from "./messages.ts";
import type { OrderStore } from "./orders.ts";
import type { PostStore } from "./posts.ts";
import type { RemovalStore } from "./removals.ts";
import type { SettingsStore } from "./settings.ts";
import type { StudyStore } from "./studies.ts";
import type { WorkspaceStore } from "./workspaces.ts";

// The port to the durable store: everything that must outlive this process. The store knows no chat, so chat names are
// opaque strings here. Each method is one transaction: it has happened whole, or not at all. Times are milliseconds since
// 1970. `sqlite/` implements it; every implementation passes `test/store/conformance.ts`.

/** All parts of the store; one process holds it at a time. */
export interface Store extends AsyncDisposable {
  readonly jobs: JobStore;
  readonly orders: OrderStore;
  readonly posts: PostStore;
  readonly removals: RemovalStore;
  readonly logged: LoggedStore;
  readonly workspaces: WorkspaceStore;
  readonly settings: SettingsStore;
  readonly audit: AuditLog;
  readonly drafts: DraftStore;
  readonly events: EventLog;
  readonly messages: MessageStore;
  readonly estimates: EstimateStore;
  readonly studies: StudyStore;
  /** It was made by this opening: nothing that lies around can be told to belong to no job. */
  readonly isNew: boolean;
  /** A random key of 32 bytes, made once with the store: signs button references. */
  readonly signingKey: Uint8Array;
  /**
   * Writes something that changes nothing: resolves where a write is kept.
   * @throws EditError `disk-full`, `store-unwritable`, `store-in-use`, `store-unreadable`
   */
  probe(): Promise<void>;
  /** Writes a consistent copy while the store is in use. @throws EditError `output-not-empty`, `output-unwritable` */
  backup(file: string): Promise<void>;
  /** Takes away expired drafts, event ids that no platform delivers any more, and orders that no limit counts. */
  prune(now: number): Promise<void>;
}
