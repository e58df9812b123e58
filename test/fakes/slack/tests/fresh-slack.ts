import { afterEach, beforeEach } from "vitest";
import { startBot, type TestBot } from "../bot.ts";
import { type FakeSlack, startFakeSlack } from "../index.ts";

type BotOptions = Parameters<typeof startBot> extends [FakeSlack, ...infer Rest] ? Rest : never;

/**
 * Gives each test of the file that calls it a fake of its own, which ends with the test, as do the bots that the test starts.
 * Returns what starts a bot against it, as `startBot` does.
 */
export function freshSlack(use: (slack: FakeSlack) => void) {
  let slack: FakeSlack;
  let bots: TestBot[] = [];

  beforeEach(async () => {
    // Generous, so that a busy machine changes nothing; tests about these times set their own.
    slack = await startFakeSlack({ shareDelay: 5, ackTimeout: 30_000, triggerLifetime: 30_000 });
    use(slack);
  });

  afterEach(async () => {
    for (const bot of bots) await bot[Symbol.asyncDispose]();
    bots = [];
    await slack[Symbol.asyncDispose]();
  });

  return async function start(...options: BotOptions) {
    const bot = await startBot(slack, ...options);
    bots.push(bot);
    return bot.app;
  };
}
