import type { WorkspaceStore } from "../store/workspaces.ts";
import type { AdapterLog, ChatPlatform } from "./chat.ts";

export interface DepartureParts {
  readonly platforms: readonly Pick<ChatPlatform, "name" | "workspaces">[];
  readonly workspaces: WorkspaceStore;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly log: AdapterLog;
}

/**
 * Notes which workspaces the bot was removed from, and which it is in again: by what platforms say that they serve, so also
 * what happened while it did not run. The retention deletes what is kept of those that were left long enough ago.
 */
export interface Departures extends Disposable {
  /** Compares what is kept with what is served, of platforms that have told. Never rejects. */
  look(): Promise<void>;
  /** From now on every hour. */
  follow(): void;
}

const hour = 60 * 60 * 1000;

export function createDepartures({ platforms, workspaces, clock, log }: DepartureParts): Departures {
  let timer: NodeJS.Timeout | undefined;

  async function compare(platform: string, served: readonly string[]): Promise<void> {
    for (const workspace of await workspaces.known(platform)) {
      if (served.includes(workspace)) await workspaces.returned({ platform, workspace });
      else await workspaces.left({ platform, workspace }, clock());
    }
  }

  async function look(): Promise<void> {
    try {
      for (const { name, workspaces: served } of platforms) if (served !== null) await compare(name, served);
    } catch (error) {
      log("error", "workspaces that the bot was removed from could not be noted", { error });
    }
  }

  return {
    look,
    follow() {
      timer = setInterval(() => void look(), hour);
      timer.unref();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
    },
  };
}
