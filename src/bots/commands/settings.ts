import { type CommandEvent, type Context, ownerOf } from "../context.ts";
import { saySettings } from "../events/settings-form.ts";
import { choicesIn, type EditChoices, type EditOption, isSettable } from "../intake/edit-options.ts";
import { memberScopeOf, scopeOf, withValue } from "../intake/settings.ts";
import { recordAction } from "../record-action.ts";
import { requireSteering } from "../rights.ts";
import type { OptionSpec } from "./command-spec.ts";
import { type Command, defineCommand } from "./define-command.ts";
import { type OptionsOf, readOptions } from "./read-options.ts";

const own = [
  { name: "for", kind: "choice", choices: ["me", "channel", "workspace"] },
  { name: "clear", kind: "flag" },
] as const satisfies readonly OptionSpec[];

/**
 * `/settings`: what edits are asked for with where nothing is chosen, for oneself, and by admins for a channel or for all; it takes the
 * options of `/edit`. Without any it shows what is set.
 */
export function settingsCommandFor(editOptions: readonly EditOption[]): Command {
  const settable = editOptions.filter(isSettable);
  return defineCommand({
    name: "settings",
    options: [...settable.map(({ spec }) => spec), ...own],
    isForAdmins: false,
    async run(context) {
      const read = readOptions(own, context.event.options);
      if (read.failure === null) await run(context, read.options, settable);
    },
  });
}

async function run(
  asked: Context<CommandEvent>,
  { for: whose, clear }: OptionsOf<typeof own>,
  options: readonly EditOption[],
): Promise<void> {
  await asked.event.respond.acknowledge();
  const isOwn = whose === null || whose === "me";
  const context = isOwn ? asked : await requireSteering(asked, { name: "settings" });
  const { event, services } = context;
  const { member, place } = event;
  const { settings, intake } = services;
  const given = choicesIn(event.options, options);
  await intake.checkTexts({ member, place, isPrivate: true, choices: given });
  const scope = isOwn ? memberScopeOf(ownerOf(event)) : scopeOf(place);
  const channel = whose === "channel" ? place.channel : null;
  if (clear || Object.keys(given).length > 0) {
    await settings.change(scope, "edit", (before) => {
      const set = (channel === null ? before.all : before.channels[channel]) ?? {};
      // Of a channel nothing is left to say where nothing is set.
      return withValue<EditChoices>(before, channel, clear ? null : { ...set, ...given }, {});
    });
    if (isOwn) services.homes.changed(ownerOf(event));
    else await recordAction(context, "settings", { for: whose, clear, ...given });
  }
  await saySettings(context);
}
