import { join } from "node:path";
import { type Ended, startLrbot } from "../cli/lrbot.ts";
import { nothingLeftIn } from "./bot-process.ts";

/** A host of the fleet as a process of its own, as an operator would start it. */
export interface WorkerProcess {
  readonly pid: number;
  readonly log: string;
  /** Resolves once its lanes are there. @throws Error where it ended instead */
  ready(): Promise<void>;
  said(text: string): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** SIGKILL; resolves when nothing is left of it. */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it has ended by itself. */
  stop(): Promise<Ended>;
  readonly ended: Promise<Ended>;
}

export interface WorkerProcessOptions {
  /** Holds all that it writes. */
  readonly folder: string;
  readonly name: string;
  readonly redis: string;
  /** Address of the file store. */
  readonly files: string;
  /** Default 1. They paint flat colours at once. */
  readonly lanes?: number;
  readonly words?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export function startWorker(options: WorkerProcessOptions): WorkerProcess {
  const { folder, name, redis, files, lanes = 1, words = [], environment = {} } = options;
  const running = startLrbot(["worker", "--files", files, "--name", name, ...words], {
    folder,
    environment: {
      LRBOT_DEVICES: `simulated:${lanes}`,
      LRBOT_DATA: join(folder, "data"),
      LRBOT_FLEET_REDIS: redis,
      ...environment,
    },
  });
  return {
    pid: running.pid,
    get log() {
      return running.stderrSoFar;
    },
    ended: running.ended,
    async ready() {
      await running.said('"msg":"ready"');
      if (running.stderrSoFar.includes('"msg":"ready"')) return;
      const { status, stderr } = await running.ended;
      throw new Error(`Expected a worker that starts, got status ${status}: ${stderr.slice(-2000)}`);
    },
    said: running.said,
    signal: running.kill,
    async kill() {
      running.kill("SIGKILL");
      await running.ended;
      await nothingLeftIn(folder);
    },
    stop() {
      running.kill("SIGTERM");
      return running.ended;
    },
  };
}
