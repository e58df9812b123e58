import { randomUUID } from "node:crypto";
import type { Clocks } from "../clocks.ts";
import type { Pack } from "../packs/pack.ts";
import {
  createWorkerClient,
  type EditAnswer,
  type WorkerLog,
  type WorkerOptions,
} from "../pipeline/workers/edits/client.ts";
import { createLane } from "../queue/lane.ts";
import type { EditRequest, Job, Progress, RemoteServer } from "../types.ts";
import type { Interrupt } from "./interrupt.ts";

/** One lane with its worker: the way every edit goes. */
export interface Editor extends AsyncDisposable {
  /**
   * Edits into an empty folder. Interrupts cancel it, a second one ends the worker at once.
   * @throws EditError every code of the pipeline and the worker
   */
  edit(order: EditOrder): Promise<EditAnswer>;
}

export interface EditOrder {
  readonly request: EditRequest;
  readonly pack: Pack;
  readonly folder: string;
  readonly onProgress: (progress: Progress) => void;
}

export interface EditorOptions {
  readonly device: string;
  /** As `WorkerOptions.safetyModel`. */
  readonly safetyModel: string | null;
  /** As `WorkerOptions.marks`. */
  readonly marks?: NonNullable<WorkerOptions["marks"]>;
  /** As `WorkerOptions.server`. */
  readonly server: RemoteServer | null;
  /** As `WorkerOptions.learning`. */
  readonly learning?: NonNullable<WorkerOptions["learning"]>;
  /** As `WorkerOptions.loadMilliseconds`. */
  readonly loadMilliseconds: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly interrupt: Interrupt;
  readonly log: WorkerLog;
  readonly clocks: Clocks;
}

/** Starts no process yet: the first edit does. */
export function openEditor({ interrupt, ...worker }: EditorOptions): Editor {
  const client = createWorkerClient(worker);
  const stopListening = interrupt.onRepeat(() => client.kill());
  const lane = createLane({
    device: worker.device,
    run: ({ job, order }: { job: Job; order: EditOrder }, signal) =>
      client.run(job, order.pack, { signal, onProgress: order.onProgress }),
  });
  return {
    edit(order) {
      const job = { id: randomUUID(), request: order.request, folder: order.folder };
      return lane.submit({ job, order }, interrupt.signal);
    },
    async [Symbol.asyncDispose]() {
      stopListening();
      await lane[Symbol.asyncDispose]();
      await client[Symbol.asyncDispose]();
    },
  };
}
