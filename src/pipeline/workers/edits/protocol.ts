import { type ErrorCode, errorCodes } from "../../../errors.ts";
import type { Pack } from "../../../packs/pack.ts";
import type { EditResult, Job, Progress, RemoteServer } from "../../../types.ts";

/** What the main process tells a worker. One job at a time; `cancel` is seen between two runs of a network. */
export type ToWorker =
  | {
      readonly kind: "job";
      readonly job: Job;
      readonly pack: Pack;
      /** Paints in place of the pack's own networks. It holds a secret, which a process's arguments would show. */
      readonly server: RemoteServer | null;
    }
  | { readonly kind: "cancel"; readonly id: string }
  | { readonly kind: "shutdown" };

/** What a job cost its worker. Milliseconds are of this job, memory and the longest run of the whole process. */
export interface WorkerStats {
  /** From the job's message to its answer, loading included. */
  readonly totalMilliseconds: number;
  /** Inside ONNX Runtime's `session.run`. */
  readonly runMilliseconds: number;
  readonly peakRssMegabytes: number;
}

/**
 * What a worker answers. `alive` comes once a second while its event loop turns; `longestRunMilliseconds` is the
 * longest single run of a network so far, the measure of how long a healthy worker may be silent.
 */
export type FromWorker =
  | { readonly kind: "alive" }
  | {
      readonly kind: "progress";
      readonly id: string;
      readonly progress: Progress;
      readonly longestRunMilliseconds: number;
    }
  | {
      readonly kind: "result";
      readonly id: string;
      readonly result: EditResult;
      readonly stats: WorkerStats;
    }
  | {
      readonly kind: "failure";
      readonly id: string;
      readonly code: ErrorCode;
      readonly message: string;
      /** Stack and causes: for the operator's log, never for the person who asked. */
      readonly detail: string;
    };

/** True of what a worker of this version sends; anything else on the channel is not ours. */
export function isFromWorker(message: unknown): message is FromWorker {
  if (!(message instanceof Object) || !("kind" in message)) return false;
  if (message.kind === "failure")
    return "code" in message && errorCodes.some((code) => code === message.code);
  return message.kind === "alive" || message.kind === "progress" || message.kind === "result";
}
