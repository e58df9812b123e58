import { type Signal, signal } from "@preact/signals";
import type { LiveChange, PageJob } from "../../protocol.ts";
import type { Api } from "../server/api.ts";
import { ServerProblem } from "../server/api.ts";
import { applyChange } from "./live.ts";

/** A job as far as it is known here; `problem` says why it is not, `gone` that there is none any more. */
export interface KnownJob {
  readonly job: PageJob | null;
  readonly problem: string | null;
  readonly isGone: boolean;
}

/** The jobs that are shown, kept as the server has them. */
export interface Jobs {
  /** Asks for it where it is not known yet. */
  of(id: string): Signal<KnownJob>;
  refresh(id: string): Promise<void>;
  /** Asks anew for each that is not over, or that could not be had. */
  refreshOpen(): void;
  /** Asks anew for every one. */
  refreshAll(): void;
  apply(id: string, change: LiveChange): void;
}

/** True of a job of which nothing more comes. */
export function isOver({ state }: Pick<PageJob, "state">): boolean {
  return state === "done" || state === "failed" || state === "cancelled" || state === "undeliverable";
}

export function createJobs(api: Api): Jobs {
  const known = new Map<string, Signal<KnownJob>>();
  const asking = new Map<string, Promise<void>>();
  const again = new Set<string>();

  const ask = async (id: string): Promise<void> => {
    const target = known.get(id);
    if (!target) return;
    try {
      const job = await api.get<PageJob>(`/api/jobs/${id}`);
      target.value = { job, problem: null, isGone: false };
    } catch (error) {
      if (!(error instanceof ServerProblem)) throw error;
      // What is shown stays while the server cannot be reached.
      if (error.code === "unreachable") target.value = { ...target.value, problem: error.code };
      else target.value = { job: null, problem: error.message, isGone: true };
    }
  };
  const refresh = (id: string): Promise<void> => {
    const running = asking.get(id);
    if (running) {
      again.add(id);
      return running;
    }
    const answer = ask(id).finally(() => {
      asking.delete(id);
      if (again.delete(id)) void refresh(id);
    });
    asking.set(id, answer);
    return answer;
  };

  return {
    refresh: async (id) => {
      if (known.has(id)) await refresh(id);
    },
    of(id) {
      const found = known.get(id) ?? signal<KnownJob>({ job: null, problem: null, isGone: false });
      if (!known.has(id)) {
        known.set(id, found);
        void refresh(id);
      }
      return found;
    },
    refreshOpen() {
      for (const [id, { value }] of known) if (!value.job || !isOver(value.job)) void refresh(id);
    },
    refreshAll() {
      for (const id of known.keys()) void refresh(id);
    },
    apply(id, change) {
      const target = known.get(id);
      const job = target?.value.job;
      if (target && job)
        target.value = { ...target.value, job: { ...job, live: applyChange(job.live, change) } };
    },
  };
}
