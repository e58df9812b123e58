import { setTimeout as sleep } from "node:timers/promises";
import type { CommandContext } from "../cli/context.ts";
import { secretsOf } from "../config.ts";
import { EditError } from "../errors.ts";
import { createLog } from "../log.ts";
import { platforms } from "./platforms.ts";
import { startService } from "./service.ts";

/** What a forced end takes at most: enough to give jobs back and to end workers that listen. */
const graceMilliseconds = 2000;

/** The bot until it is told to stop. @throws EditError `usage` without a token; everything of `startService` */
export async function runBot({ terminal, interrupt, config, leave }: CommandContext): Promise<void> {
  const settings = config();
  const makers = platforms.flatMap((platform) => platform.makerFrom(settings) ?? []);
  if (makers.length === 0) {
    terminal.say(guide);
    throw new EditError("usage", "Expected a token in .env or the environment, got none.");
  }
  const log = createLog({ level: settings.logLevel, secrets: secretsOf(settings) });
  if (settings.allowLoopback) {
    log.warn("LRBOT_ALLOW_LOOPBACK is set: attachments may come from this machine. It is meant for tests.");
  }
  // What a chat's library makes of an event that it cannot read must not end what everybody else waits for.
  process.on("unhandledRejection", (error) =>
    log.error("a promise failed that nobody waited for", { error }),
  );
  const service = await startService({
    config: settings,
    log,
    connect: (services) => makers.map((make) => make(services)),
  });
  let isForced = false;
  const forced = new Promise<void>((resolve) => {
    interrupt.onForce(() => {
      isForced = true;
      resolve();
    });
  });
  try {
    log.info("ready", { health: `${service.url}/healthz`, lanes: settings.lanes });
    await new Promise<void>((resolve) => {
      if (interrupt.signal.aborted) resolve();
      interrupt.signal.addEventListener("abort", () => resolve(), { once: true });
    });
    log.info("finishing what runs; a second signal ends at once");
    await Promise.race([service.drain(), forced]);
  } finally {
    // A chat that is down or a device that is busy could hold up an orderly end for long.
    await Promise.race([service[Symbol.asyncDispose](), forced.then(() => sleep(graceMilliseconds))]);
    log.info("stopped");
  }
  if (isForced) leave();
}

const guide = `The bot needs the token of a chat, in .env or the environment:
${platforms.map(({ guide }) => guide).join("\n")}
docs/operating.md goes through it step by step. No token is needed for:
  npm run demo                                    edits the pictures in examples/
  npx lrbot edit --image FILE --prompt TEXT       edits yours`;
