import { rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { EditError, throwIfCancelled } from "../../errors.ts";
import type { FileStore } from "../../files/file-store.ts";
import { parseEditRequest } from "../../request.ts";
import type { EditRequest, EditResult, Job, Progress } from "../../types.ts";
import type { QueueLog } from "../queue-log.ts";
import { createProgressSender } from "./progress-sender.ts";
import type { Answer, JobMessage, PackVersion, ToBot } from "./protocol.ts";
import { createRunUploads, emptyFolder, sourceFile } from "./run-files.ts";

/** Edits on the lane's device, one at a time, as a lane of the bot's own machine does. */
export type EditOnDevice = (
  job: Job,
  pack: PackVersion,
  context: { readonly signal: AbortSignal; readonly onProgress: (progress: Progress) => void },
) => Promise<EditResult>;

export interface HostRunParts {
  readonly message: JobMessage;
  /** Becomes the run's; it is made, and emptied. */
  readonly folder: string;
  readonly files: FileStore;
  readonly edit: EditOnDevice;
  /** Resolves when the device is free. */
  readonly turn: Promise<unknown>;
  readonly send: (message: ToBot) => Promise<void>;
  readonly log: QueueLog;
}

/** One run on its host, from the message to what is answered. */
export interface HostRun {
  /** Never rejects. */
  readonly done: Promise<unknown>;
  /** Puts what was painted into the file store, and says how the run ended. Never rejects; may be asked again. */
  answer(): Promise<Answer>;
  /** For the bot. */
  cancel(): void;
  /** The host ends: nothing is counted against the job. */
  giveBack(): void;
  /** Takes its folder away. */
  remove(): Promise<void>;
}

export function beginHostRun(parts: HostRunParts): HostRun {
  const { message, files, send, log } = parts;
  const { run } = message;
  const ending = new AbortController();
  const { signal } = ending;
  const folder = join(parts.folder, run);
  const pictures = join(folder, "pictures");
  const uploads = createRunUploads(files, run, pictures);
  let isGivenBack = false;

  async function work(): Promise<EditResult> {
    await parts.turn;
    throwIfCancelled(signal);
    const request = requestOf(message, join(folder, sourceFile));
    await emptyFolder(folder);
    await emptyFolder(pictures);
    const sender = createProgressSender({ run, folder: pictures, uploads, send, log });
    sender.note({ version: 1, phase: "loading", stepsDone: 0, stepsTotal: 0, secondsLeft: null });
    await sender.flush();
    await files.get(run, sourceFile, request.image, { signal });
    try {
      const job = { id: run, request, folder: pictures };
      return await parts.edit(job, message.pack, { signal, onProgress: sender.note });
    } finally {
      await sender.flush();
    }
  }

  const result = work();
  const done = result.catch(() => {});
  return {
    done,
    async answer() {
      try {
        await uploads.putResult(await result);
        return { kind: "result" };
      } catch (error) {
        return isGivenBack ? { kind: "given-back" } : failureOf(error, { run, log });
      }
    },
    cancel: () => ending.abort(),
    giveBack() {
      isGivenBack = true;
      ending.abort();
    },
    async remove() {
      await done;
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function requestOf({ request, pack }: JobMessage, image: string): EditRequest {
  const given = z.looseObject({ prompt: z.string() }).parse(request);
  return { ...parseEditRequest({ ...given, image }), pack: pack.name };
}

function failureOf(error: unknown, { run, log }: { run: string; log: QueueLog }): Answer {
  if (error instanceof EditError) {
    const { code, message, setting } = error;
    return { kind: "failure", code, message: message.slice(0, 5000), setting };
  }
  log("error", "a run failed as nobody foresaw", { run, error });
  const message = "Expected the run to end, got an unforeseen failure; the host's log names it.";
  return { kind: "failure", code: "internal", message, setting: null };
}
