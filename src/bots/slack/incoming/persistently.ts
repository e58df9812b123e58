import { setTimeout as pause } from "node:timers/promises";
import { ChatError } from "../../chat.ts";

const maxTries = 3;
const firstPause = 500;
const longestPause = 10_000;

/** For answers, which nobody else would send again: tries a few times where Slack is busy or out of reach. */
export async function persistently<T>(signal: AbortSignal, task: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await task();
    } catch (error) {
      if (!(error instanceof ChatError) || !error.isPassing || tries >= maxTries) throw error;
      const wait = (error.retryAfterSeconds ?? 0) * 1000 || firstPause * 2 ** tries;
      if (wait > longestPause) throw error;
      await pause(wait, undefined, { signal });
    }
  }
}
