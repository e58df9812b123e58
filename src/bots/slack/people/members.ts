import type { Member } from "../../chat.ts";
import { createCache } from "../cache.ts";
import type { SlackClient } from "../client.ts";
import { attempt } from "../failures.ts";
import type { Groups } from "./groups.ts";
import type { Identities } from "./identity.ts";

export interface Members {
  /**
   * Who somebody is, with locale, rights and groups, from Slack or from what it said within the last minutes. Where Slack
   * does not answer within so many milliseconds, or refuses, what is known is that they are here, and no admin.
   */
  get(user: Named, milliseconds: number): Promise<Member>;
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

export interface MembersParts {
  readonly client: SlackClient;
  readonly identities: Identities;
  readonly groups: Groups;
  /** Monotonic. */
  readonly now: () => number;
}

export function createMembers({ client, identities, groups, now }: MembersParts): Members {
  const known = createCache<Person>({ size: keptMembers, milliseconds: keptMilliseconds, now });
  const asking = new Map<string, Promise<Person>>();

  async function ask(id: string): Promise<Person> {
    const { user } = await attempt({ to: "say who a member is", needs: ["view"] }, () =>
      client.users.info({ user: id, include_locale: true }),
    );
    const { team } = await identities.get();
    const name = user?.profile?.display_name || user?.real_name || user?.name || id;
    // In channels shared with other companies their admins are guests of ours.
    const isOurs = user?.team_id === undefined || user.team_id === team;
    const isAdmin = isOurs && (user?.is_admin === true || user?.is_owner === true);
    const person = { id, name, locale: user?.locale || standardLocale, isAdmin };
    known.put(id, person);
    return person;
  }

  async function personOf({ id, name }: Named): Promise<Person> {
    const found = known.get(id);
    if (found) return found;
    const asked = asking.get(id) ?? ask(id).finally(() => asking.delete(id));
    asking.set(id, asked);
    return asked.catch(() => strangerOf({ id, name }));
  }

  const members: Members = {
    async get(user, milliseconds) {
      const [person, theirs] = await Promise.all([
        within(milliseconds, personOf(user)),
        within(milliseconds, groups.of(user.id)),
      ]);
      const { groups: before, ...seen } = members.known(user);
      return { ...(person ?? seen), groups: theirs ?? before };
    },
    known: (user) => ({ ...(known.get(user.id) ?? strangerOf(user)), groups: groups.knownOf(user.id) }),
    nameOf: (id) => known.get(id)?.name ?? null,
  };
  return members;
}

/** Groups are kept apart: Slack tells all of them at once. */
type Person = Omit<Member, "groups">;

const standardLocale = "en-US";

function strangerOf({ id, name }: Named): Person {
  return { id, name: name ?? id, locale: standardLocale, isAdmin: false };
}

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
