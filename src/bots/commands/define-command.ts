import type { CommandEvent, Context } from "../context.ts";
import { say } from "../context.ts";
import { everywhere, isUnreadable, scopeOf } from "../intake/settings.ts";
import { misreadText } from "../messages/misread.ts";
import { requireSteering } from "../rights.ts";
import { type CommandSpec, type OptionSpec, usageOf } from "./command-spec.ts";
import { type OptionsOf, readOptions } from "./read-options.ts";

/** A command as the bot has it: what is said of it, and what it does. */
export interface Command extends CommandSpec {
  /** @throws EditError `not-allowed`, and every code that the command itself says */
  run(context: Context<CommandEvent>): Promise<void>;
}

/**
 * A command in one piece: how it is registered and typed, who may use it, and what it does. Its options reach `run` checked,
 * and typed by their specs; what does not fit them is answered with how the command is typed. Rights are checked here,
 * whatever the platform let through, and once more which of them moderators were given: an admin's command is acknowledged first, a member's `run` does that itself, because it
 * may open a modal in its place.
 */
export function defineCommand<const Specs extends readonly OptionSpec[]>({
  run,
  ...spec
}: {
  readonly name: string;
  readonly options: Specs;
  readonly isForAdmins: boolean;
  readonly isDelegable?: boolean;
  readonly run: (context: Context<CommandEvent>, options: OptionsOf<Specs>) => Promise<void>;
}): Command {
  return {
    ...spec,
    async run(asked) {
      const { event, platform, words } = asked;
      let context = asked;
      let isWarned = false;
      if (spec.isForAdmins) {
        await event.respond.acknowledge();
        context = await requireSteering(asked, spec);
        isWarned = await warnOfUnreadable(context);
        await warnOfLog(context);
      }
      const read = readOptions(spec.options, event.options);
      if (read.failure === null) {
        try {
          return await run(context, read.options);
        } catch (error) {
          // That was said already, and how to mend it.
          if (isWarned && isUnreadable(error)) return;
          throw error;
        }
      }
      await event.respond.acknowledge();
      const usage = platform.capabilities.typed(usageOf(spec));
      await say(event.respond, misreadText({ ...read.failure, usages: [usage], unknown: null }, words));
    },
  };
}

/** Tells an admin that the log channel cannot be written to, where none was told yet. */
async function warnOfLog({ event, services, words }: Context<CommandEvent>): Promise<void> {
  try {
    const trouble = await services.logChannel.takeTrouble(event.place, words);
    if (trouble) await say(event.respond, trouble);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
  }
}

/**
 * Tells an admin which settings of here, or of the whole bot, cannot be read, and that it is not known which lanes were paused.
 * True where there are such settings.
 */
async function warnOfUnreadable({
  event,
  platform,
  services,
  words,
}: Context<CommandEvent>): Promise<boolean> {
  const { settings, scheduler } = services;
  if (scheduler.arePausesUnreadable) {
    const resume = { code: platform.capabilities.typed("admin resume") };
    await say(event.respond, words.say("admin.unreadable.lanes", { resume }));
  }
  const names = new Set([
    ...(await settings.unreadable(scopeOf(event.place))),
    ...(await settings.unreadable(everywhere)),
  ]);
  if (names.size === 0) return false;
  // What an operator granted is mended with the limits.
  const setting = [...names].map((name) => (name === "ceilings" ? "limits" : name))[0] ?? "";
  await say(
    event.respond,
    words.say("admin.unreadable", {
      names: [...names].join(", "),
      reset: { code: platform.capabilities.typed("admin reset", setting) },
    }),
  );
  return true;
}
