import type { Member } from "../chat.ts";
import { createCache } from "./cache.ts";
import type { SlackClient } from "./client.ts";
import { attempt } from "./failures.ts";
import type { Identities } from "./identity.ts";

export interface Members {
  /**
   * Who somebody is, with locale and rights, from Slack or from what it said within the last minutes. Where Slack does not
   * answer within `patience` milliseconds, or refuses, what is known is that they are here, and no admin.
   */
  get(user: Named, patience: number): Promise<Member>;
  /** Without asking. */
  known(user: Named): Member;
  nameOf(user: string): string | null;
}

export interface Named {
  readonly id: string;
  readonly name: string | null;
}

const keptMilliseconds = 5 * 60_000;
const keptMembers = 5000;

export function createMembers(client: SlackClient, identities: Identities): Members {
  const known = createCache<Member>(keptMembers, keptMilliseconds);
  const asking = new Map<string, Promise<Member>>();

  async function ask(id: string): Promise<Member> {
    const { user } = await attempt({ to: "say who a member is", needs: ["view"] }, () =>
      client.users.info({ user: id, include_locale: true }),
    );
    const { team } = await identities.get();
    const name = user?.profile?.display_name || user?.real_name || user?.name || id;
    // In channels shared with other companies their admins are guests of ours.
    const isOurs = user?.team_id === undefined || user.team_id === team;
    const isAdmin = isOurs && (user?.is_admin === true || user?.is_owner === true);
    // User groups would take a scope of their own.
    const member = { id, name, locale: user?.locale || standardLocale, isAdmin, groups: [] };
    known.put(id, member);
    return member;
  }

  const members: Members = {
    async get(user, patience) {
      const found = known.get(user.id);
      if (found) return found;
      const asked = asking.get(user.id) ?? ask(user.id).finally(() => asking.delete(user.id));
      asking.set(user.id, asked);
      const answer = await within(
        patience,
        asked.catch(() => null),
      );
      return answer ?? members.known(user);
    },
    known: ({ id, name }) =>
      known.get(id) ?? { id, name: name ?? id, locale: standardLocale, isAdmin: false, groups: [] },
    nameOf: (id) => known.get(id)?.name ?? null,
  };
  return members;
}

const standardLocale = "en-US";

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, milliseconds, null);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
