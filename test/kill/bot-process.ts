import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { childrenOf, type Ended, processesIn, type Running, startLrbot } from "../cli/lrbot.ts";

/** The whole bot as a process of its own, as an operator would start it. */
export interface BotProcess {
  readonly pid: number;
  /** What it has logged. */
  readonly log: string;
  /** Where its health and metrics are; resolves once it takes orders. @throws Error where it ended instead */
  ready(): Promise<string>;
  /** Waits until its log holds the text, or it has ended. */
  said(text: string): Promise<void>;
  /** Has the processes that paint stand still, so that what they do lasts as long as it has to; gives what lets them go on. */
  holdLanes(): () => void;
  /** SIGKILL; resolves when nothing is left of it. @throws Error where a child outlives it */
  kill(): Promise<void>;
  /** SIGTERM; resolves when it has ended by itself. */
  stop(): Promise<Ended>;
  readonly ended: Promise<Ended>;
}

export interface BotOptions {
  /** Holds all that it writes: the data in `data/`, and whatever it leaves anywhere else. */
  readonly folder: string;
  /** Tokens and addresses of the chat. */
  readonly chat: Readonly<Record<string, string>>;
  /** Default 1: each is a process of its own that has to start. */
  readonly lanes?: number;
  /** Options of Node.js itself. */
  readonly node?: readonly string[];
  /** A command that starts it in its own place. */
  readonly through?: readonly string[];
}

/** Lanes are simulated: they paint flat colours at once. Nobody's limit is ever reached. */
export function startBot({ folder, chat, lanes = 1, node = [], through = [] }: BotOptions): BotProcess {
  const running = startLrbot(["start"], {
    folder,
    // None lives long enough for what V8 would optimize to pay: a start takes a fifth less of a processor without.
    node: ["--no-opt", ...node],
    through,
    environment: {
      LRBOT_DEVICES: `simulated:${lanes}`,
      LRBOT_ALLOW_LOOPBACK: "1",
      LRBOT_PORT: "0",
      LRBOT_LIMIT_WAITING: "10000",
      LRBOT_LIMIT_PER_DAY: "100000",
      ...chat,
    },
  });
  return {
    pid: running.pid,
    get log() {
      return running.stderrSoFar;
    },
    ended: running.ended,
    ready: () => healthOf(running),
    said: running.said,
    holdLanes() {
      const painting = childrenOf(running.pid).filter((pid) =>
        readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("simulated/entry.js"),
      );
      if (painting.length === 0) throw new Error("Expected a lane that has started, got none");
      for (const pid of painting) process.kill(pid, "SIGSTOP");
      return () => {
        for (const pid of painting) process.kill(pid, "SIGCONT");
      };
    },
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

async function healthOf(running: Running): Promise<string> {
  await running.said('"msg":"ready"');
  const url = /"health":"(http:[^"]*)\/healthz"/.exec(running.stderrSoFar)?.[1];
  if (url) return url;
  const { status, stderr } = await running.ended;
  throw new Error(`Expected a bot that starts, got status ${status}: ${stderr.slice(-2000)}`);
}

/** A worker leaves as soon as it sees that its parent is gone. */
export async function nothingLeftIn(folder: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (let left = processesIn(folder); left.length > 0; left = processesIn(folder)) {
    if (performance.now() > deadline) throw new Error(`Expected no process in ${folder}, got ${left}`);
    await sleep(20);
  }
}
