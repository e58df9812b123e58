/** A guild or workspace of a platform. Its settings and its audit stand under `PLATFORM:WORKSPACE`. */
export interface WorkspaceName {
  readonly platform: string;
  readonly workspace: string;
}

/** Which workspaces the bot was removed from, and when: what is kept of them goes some time after that. */
export interface WorkspaceStore {
  /** The bot is no longer in it; the first time counts. Nothing is noted of one that the store has nothing of. */
  left(workspace: WorkspaceName, now: number): Promise<void>;
  /** The bot is in it, again or still: what is kept of it stays. */
  returned(workspace: WorkspaceName): Promise<void>;
  /** Workspaces of a platform that the store has jobs, studies, settings or an audit of. */
  known(platform: string): Promise<readonly string[]>;
  /** Removes all jobs, studies, settings and audits of those that were left before then; the names of these. */
  expire(leftBefore: number): Promise<readonly WorkspaceName[]>;
}
