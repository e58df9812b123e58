import type { RichText } from "../../../locales/rich-text.ts";
import { say } from "../../context.ts";
import { type ChannelRules, scopeOf } from "../../intake/settings.ts";
import { recordAction } from "../../record-action.ts";
import { defineCommand } from "../define-command.ts";

/**
 * `/admin channels <do> [channel]`: where the bot answers, which is everywhere or only in what is allowed, and never in what
 * is denied. A category stands for the channels in it, a channel for its threads.
 */
export const channelsCommand = defineCommand({
  name: "admin channels",
  options: [
    { name: "do", kind: "choice", choices: ["list", "allow", "deny", "everywhere"], isRequired: true },
    { name: "channel", kind: "channel" },
  ],
  isForAdmins: true,
  isDelegable: true,
  async run(context, { do: action, channel }) {
    const { event, services, words } = context;
    const isOfOne = action === "allow" || action === "deny";
    if (isOfOne && channel === null) return say(event.respond, words.say("admin.channel.which"));
    const after = await services.settings.change(scopeOf(event.place), "channels", (before) => {
      if (action === "everywhere") return { allowed: null, denied: [] };
      if (channel === null) return before;
      if (action === "allow") return withAllowed(before, channel);
      return action === "deny" ? withDenied(before, channel) : before;
    });
    if (action !== "list") await recordAction(context, "channels", { do: action, channel });
    const { allowed, denied } = after;
    const values = { list: namesOf(allowed ?? []), denied: namesOf(denied), count: allowed?.length ?? 0 };
    const key = allowed === null ? "admin.channels.everywhere" : "admin.channels";
    await say(event.respond, words.say(key, { ...values, deniedCount: denied.length }));
  },
});

/** What was denied is answered in again; anything else is from now on one of the places that are answered in. */
function withAllowed({ allowed, denied }: ChannelRules, channel: string): ChannelRules {
  if (allowed === null && denied.includes(channel)) return { allowed, denied: without(denied, channel) };
  return { allowed: [...without(allowed ?? [], channel), channel], denied: without(denied, channel) };
}

/** Where nothing was allowed by name, everything else is still answered in; where the last one goes, nothing is. */
function withDenied({ allowed, denied }: ChannelRules, channel: string): ChannelRules {
  return {
    allowed: allowed && without(allowed, channel),
    denied: [...without(denied, channel), channel],
  };
}

function without(list: readonly string[], id: string): readonly string[] {
  return list.filter((each) => each !== id);
}

function namesOf(channels: readonly string[]): RichText {
  return channels.flatMap((id, index) => (index === 0 ? [{ channel: id }] : [", ", { channel: id }]));
}
