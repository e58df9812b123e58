import { ChatError } from "../../chat.ts";
import type { SlackClient } from "../client.ts";
import { attempt } from "../failures.ts";

/** User groups of the bot's workspace. */
export interface Groups {
  /** Ids of those that somebody is in; asks Slack where that was long ago. None where Slack does not say. */
  of(user: string): Promise<readonly string[]>;
  /** The same without asking. */
  knownOf(user: string): readonly string[];
}

/** How long what Slack said is believed, a refusal too. */
const believedMilliseconds = 5 * 60_000;

/** Asks for all groups with their people at once, since Slack does not tell of one person's. `now` is monotonic. */
export function createGroups(client: SlackClient, now: () => number): Groups {
  let known: ReadonlyMap<string, readonly string[]> = new Map();
  let asked: { readonly at: number; readonly answer: Promise<void> } | null = null;

  async function ask(): Promise<void> {
    try {
      const { usergroups = [] } = await attempt({ to: "list the user groups", needs: ["view"] }, () =>
        client.usergroups.list({ include_users: true }),
      );
      const groups = new Map<string, string[]>();
      for (const { id, users, date_delete: deleted } of usergroups) {
        if (!id || deleted) continue;
        for (const user of users ?? []) groups.set(user, [...(groups.get(user) ?? []), id]);
      }
      known = groups;
    } catch (error) {
      // Without the scope, or on a plan without groups, nobody is in any. What passes is asked for again.
      if (error instanceof ChatError && error.isPassing) asked = null;
    }
  }

  const knownOf = (user: string) => known.get(user) ?? [];
  return {
    knownOf,
    async of(user) {
      if (!asked || now() - asked.at > believedMilliseconds) asked = { at: now(), answer: ask() };
      await asked.answer;
      return knownOf(user);
    },
  };
}
