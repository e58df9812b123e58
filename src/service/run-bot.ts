import { setTimeout as sleep } from "node:timers/promises";
import type { CommandContext } from "../cli/context.ts";
import type { Terminal } from "../cli/terminal.ts";
import { type Config, secretsOf } from "../config.ts";
import { EditError } from "../errors.ts";
import { createLog } from "../log.ts";
import { privateMask } from "../private-files.ts";
import { createDisposal } from "./disposal.ts";
import { type PlatformMaker, platforms } from "./platforms.ts";
import { type ServiceOptions, startService } from "./service.ts";

/** What it takes at most, at a forced end, to give jobs back, and then to end everything else. */
const graceMilliseconds = { jobs: 5000, rest: 2000 } as const;
/** What the end of a bot takes at most that serves nobody, so that nothing is there to wait for. */
const idleMilliseconds = 10_000;

/**
 * The bot until it is told to stop; the process ends with it.
 * @throws EditError `usage` without a token and a page, and where every platform refused the bot for good; everything of `startService`
 */
export async function runBot(context: CommandContext): Promise<void> {
  const { terminal, interrupt, clocks, config, leaveAtEnd } = context;
  const settings = config();
  const makers = await makersFrom(settings, terminal);
  if (makers.length === 0) {
    terminal.say(guide);
    throw new EditError(
      "usage",
      "Expected a token in .env or the environment, or LRBOT_WEB=on, got neither.",
    );
  }
  leaveAtEnd();
  // Workers write pictures too, and have it from here.
  process.umask(privateMask);
  const log = createLog({ level: settings.logLevel, secrets: secretsOf(settings) });
  if (settings.allowLoopback) {
    log.warn("LRBOT_ALLOW_LOOPBACK is set: attachments may come from this machine. It is meant for tests.");
  }
  // What a chat's library makes of an event that it cannot read must not end what everybody else waits for.
  process.on("unhandledRejection", (error) =>
    log.error("a promise failed that nobody waited for", { error }),
  );
  const { signal } = interrupt;
  const asked = new Promise<null>((resolve) => {
    signal.addEventListener("abort", () => resolve(null), { once: true });
  });
  let isForced = false;
  const forced = new Promise<void>((resolve) => {
    interrupt.onRepeat(() => {
      isForced = true;
      resolve();
    });
  });
  const parts = createDisposal((error) => log.warn("a part did not end as it should", { error }));
  let isServing = false;
  try {
    const connect: ServiceOptions["connect"] = (services, page) => makers.map((make) => make(services, page));
    const service = await startService({ config: settings, log, clocks, connect, signal, parts });
    log.info("ready", { health: `${service.url}/healthz`, lanes: settings.lanes });
    const reason = await Promise.race([asked, service.ended]);
    if (!signal.aborted) throw reason;
    isServing = true;
    log.info("finishing what runs; a second signal ends at once");
    await Promise.race([service.drain(), forced]);
    // First of all, since a chat that is slow to end must not cost a job a try.
    if (isForced) await Promise.race([service.giveBack(), sleep(graceMilliseconds.jobs)]);
  } catch (error) {
    // Told to stop before it had begun.
    if (!(signal.aborted && error instanceof EditError && error.code === "cancelled")) throw error;
  } finally {
    // A chat that is down or a device that is busy could hold up an orderly end for long.
    const longest = isServing ? forced.then(() => sleep(graceMilliseconds.rest)) : sleep(idleMilliseconds);
    await Promise.race([parts[Symbol.asyncDispose](), longest]);
    log.info("stopped");
  }
}

/** Makers of the adapters of the platforms whose tokens are set. */
async function makersFrom(settings: Config, terminal: Terminal): Promise<PlatformMaker[]> {
  const makers: PlatformMaker[] = [];
  // One after the other: libraries that share something in a process find it the same at every start.
  for (const platform of platforms) {
    const make = await platform.makerFrom(settings, terminal);
    if (make !== null) makers.push(make);
  }
  return makers;
}

const guide = `The bot needs the token of a chat, in .env or the environment, or its page:
${platforms.map(({ guide }) => guide).join("\n")}
docs/operating.md goes through it step by step. No token is needed for:
  npm run demo                                    edits the pictures in examples/
  npx lrbot edit --image FILE --prompt TEXT       edits yours`;
