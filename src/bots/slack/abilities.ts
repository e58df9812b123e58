import { ChatError, type Permission, type Place, type PlaceAbilities } from "../chat.ts";
import { createCache } from "./cache.ts";
import type { SlackClient } from "./client.ts";
import { attempt, codeOf, permissionOfScope } from "./failures.ts";
import type { Identities } from "./people/identity.ts";
import { isDirect } from "./places.ts";

/** Slack takes files of 1 GB; what the bot uploads is a picture that people wait for. */
export const uploadLimit = 50 * 2 ** 20;

export interface Abilities {
  in(place: Place, signal: AbortSignal): Promise<PlaceAbilities>;
  /** A payload named the channel: group messages are told by that alone. */
  learn(channel: string, name: string): void;
  /** Something was refused there: the next question goes to Slack again. */
  forget(channel: string): void;
}

/** Being in a channel is believed for a minute; not being in it is asked anew, so that an invitation helps at once. */
const believedMilliseconds = 60_000;

/** What Slack names conversations of several people by: `mpdm-alice--bob--carol-1`. */
const groupPrefix = "mpdm-";

export interface AbilitiesParts {
  readonly client: SlackClient;
  readonly identities: Identities;
  /** Monotonic. */
  readonly now: () => number;
}

export function createAbilities({ client, identities, now }: AbilitiesParts): Abilities {
  const groups = createCache<true>({ size: 1000, milliseconds: believedMilliseconds, now });
  const inside = createCache<"direct" | "public" | "private">({
    size: 5000,
    milliseconds: believedMilliseconds,
    now,
  });

  /** What kind of channel it is, or what is missing. */
  async function kindOf(channel: string, signal: AbortSignal) {
    if (groups.get(channel)) return ["group"] as const;
    const known = inside.get(channel);
    if (known) return known;
    const aim = { to: "show a channel", signal, needs: ["view"] } as const;
    const { channel: info } = await attempt(aim, () => client.conversations.info({ channel }));
    if (info?.is_archived) return ["archived"] as const;
    if (info?.is_mpim) return ["group"] as const;
    const kind = info?.is_im || isDirect(channel) ? "direct" : info?.is_private ? "private" : "public";
    if (kind !== "direct" && info?.is_member !== true) return ["join"] as const;
    inside.put(channel, kind);
    return kind;
  }

  async function missing({ channel }: Place, signal: AbortSignal): Promise<readonly Permission[]> {
    let kind: Awaited<ReturnType<typeof kindOf>> = "public";
    try {
      kind = await kindOf(channel, signal);
    } catch (error) {
      // A private channel, or other people's conversation: Slack does not admit that it is there.
      if (codeOf(error) === "channel_not_found") return [isDirect(channel) ? "group" : "join"];
      // Nothing is known then; whatever is refused will say so.
      if (!(error instanceof ChatError)) throw error;
    }
    if (typeof kind !== "string") return kind;
    const lacking = await missingScopes(neededScopes(kind));
    return [...new Set(lacking.map(permissionOfScope))];
  }

  /** Asked again where something is missing: an admin may have granted it just now. */
  async function missingScopes(needed: readonly string[]): Promise<readonly string[]> {
    const lacking = async (maxAge: number) => {
      const scopes = (await identities.get(maxAge).catch(() => null))?.scopes;
      return scopes ? needed.filter((scope) => !scopes.has(scope)) : [];
    };
    const first = await lacking(Number.POSITIVE_INFINITY);
    return first.length > 0 ? lacking(believedMilliseconds) : first;
  }

  return {
    learn(channel, name) {
      if (name.startsWith(groupPrefix)) groups.put(channel, true);
    },
    in: async (place, signal) => ({ missing: await missing(place, signal), maxUploadBytes: uploadLimit }),
    forget: (channel) => inside.delete(channel),
  };
}

function neededScopes(kind: "direct" | "public" | "private"): readonly string[] {
  const history = { direct: "im:history", public: "channels:history", private: "groups:history" }[kind];
  return ["chat:write", "files:write", "reactions:write", history];
}
