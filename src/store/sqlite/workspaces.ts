import type { WorkspaceName, WorkspaceStore } from "../workspaces.ts";
import type { Database } from "./database.ts";
import type { Removals } from "./jobs/removals.ts";

export function createWorkspaces(database: Database, removals: Removals): WorkspaceStore {
  const known = database.prepare<{ workspace: string }>(`
    SELECT workspace FROM jobs WHERE platform = :platform AND workspace IS NOT NULL
    UNION SELECT workspace FROM studies WHERE platform = :platform AND workspace IS NOT NULL
    UNION SELECT substr(scope, length(:platform) + 2) FROM settings WHERE substr(scope, 1, length(:platform) + 1) = :platform || ':'
    UNION SELECT substr(scope, length(:platform) + 2) FROM audit WHERE substr(scope, 1, length(:platform) + 1) = :platform || ':'`);
  const leave = database.prepare(
    "INSERT OR IGNORE INTO departures (platform, workspace, at) VALUES (:platform, :workspace, :now)",
  );
  const forget = database.prepare(
    "DELETE FROM departures WHERE platform = :platform AND workspace = :workspace",
  );
  const due = database.prepare<WorkspaceName>("SELECT platform, workspace FROM departures WHERE at < ?");
  const jobs = database.prepare<{ id: string }>(
    "SELECT id FROM jobs WHERE platform = :platform AND workspace = :workspace",
  );
  const ofScope = ["settings", "audit"].map((table) =>
    database.prepare(`DELETE FROM ${table} WHERE scope = :platform || ':' || :workspace`),
  );
  const studies = database.prepare(
    "DELETE FROM studies WHERE platform = :platform AND workspace = :workspace",
  );
  const knownOf = (platform: string) => known.all({ platform }).map(({ workspace }) => workspace);

  return {
    left: async ({ platform, workspace }, now) =>
      database.transaction(() => {
        if (knownOf(platform).includes(workspace)) leave.run({ platform, workspace, now });
      }),
    async returned({ platform, workspace }) {
      forget.run({ platform, workspace });
    },
    // Direct conversations that belong to no workspace have settings of their own.
    known: async (platform) => knownOf(platform).filter((workspace) => workspace !== "direct"),
    expire: async (leftBefore) =>
      database.transaction(() =>
        due.all([leftBefore]).map(({ platform, workspace }) => {
          const name = { platform, workspace };
          // Nobody can take away messages of a workspace that the bot is not in.
          for (const { id } of jobs.all(name)) removals.dropJob(id);
          for (const statement of ofScope) statement.run(name);
          studies.run(name);
          forget.run(name);
          return name;
        }),
      ),
  };
}
