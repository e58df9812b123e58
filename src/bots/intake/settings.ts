import { z } from "zod";
import { EditError } from "../../errors.ts";
import type { SettingsStore } from "../../store/settings.ts";
import { type SafetyPolicy, safetyPolicies } from "../../types.ts";
import type { AdapterLog, Member, Place } from "../chat.ts";
import { createTurns } from "../turns.ts";
import type { EditChoices } from "./edit-options.ts";

/** How much a person may ask for. */
export interface Limits {
  /** Jobs waiting or running at once. */
  readonly waiting: number;
  /** Jobs of 24 hours. */
  readonly perDay: number;
}

/** Seconds: orders are kept for a day. */
export const longestCooldown = 86_400;

const limits = z.object({ waiting: z.int().min(0), perDay: z.int().min(0) }).partial();
const limitsByWhom = z.object({
  all: limits.default({}),
  members: z.record(z.string(), limits).default({}),
  groups: z.record(z.string(), limits).default({}),
});
const limitSettings = limitsByWhom.extend({ packs: z.record(z.string(), limitsByWhom).default({}) });
const channelRules = z.object({ allowed: z.array(z.string()).nullable(), denied: z.array(z.string()) });
const cooldowns = z.object({
  all: z.int().min(0).max(longestCooldown),
  channels: z.record(z.string(), z.int().min(0).max(longestCooldown)),
});
const privacy = z.object({ all: z.boolean(), channels: z.record(z.string(), z.boolean()) });
const choices = z.record(z.string(), z.union([z.string().max(1000), z.number()]));
const editDefaults = z.object({ all: choices, channels: z.record(z.string(), choices) });
const schemas = {
  limits: limitSettings,
  ceilings: limitSettings,
  channels: z.union([
    channelRules,
    // As it was stored before channels could be denied one by one.
    z
      .array(z.string())
      .nullable()
      .transform((allowed) => ({ allowed, denied: [] as string[] })),
  ]),
  words: z.array(z.string()),
  blocked: z.array(z.string()),
  safety: z.enum(safetyPolicies),
  mentions: z.boolean(),
  avatar: z.boolean(),
  variations: z.boolean(),
  cooldown: cooldowns,
  private: privacy,
  moderators: z.record(z.string(), z.array(z.string())),
  packs: z.record(z.string(), z.array(z.string())),
  log: z
    .object({
      channel: z.string(),
      locale: z.string(),
      trouble: z.enum(["none", "untold", "told"]),
    })
    .nullable(),
  edit: editDefaults,
} satisfies Record<Name, z.ZodType>;

/** Where the bot answers. What is said of a thread, channel or category goes before what is said of that which it is in. */
export interface ChannelRules {
  /** Channels and categories that it answers in; `null` for all. */
  readonly allowed: readonly string[] | null;
  /** Those that it does not answer in. */
  readonly denied: readonly string[];
}

/** Limits of everybody, and of members and groups that have their own. */
export type LimitsByWhom = z.infer<typeof limitsByWhom>;

/** What admins can set. */
export interface WorkspaceSettings {
  readonly limits: z.infer<typeof limitSettings>;
  /** What the operator granted in place of the configuration's limits: nobody's limits go above. */
  readonly ceilings: z.infer<typeof limitSettings>;
  readonly channels: ChannelRules;
  readonly words: readonly string[];
  /** Ids of members; of the whole bot's scope `PLATFORM:ID`. */
  readonly blocked: readonly string[];
  /** What becomes of unsafe pictures, where the operator has them checked. */
  readonly safety: SafetyPolicy;
  /** Results that took a while mention who asked; a member has a setting of that name for themselves. */
  readonly mentions: boolean;
  /** Other results come as messages of their own, where others look at them. */
  readonly variations: boolean;
  /** Of a member: others may edit their avatar. */
  readonly avatar: boolean;
  /** Seconds from one edit of a member to their next. */
  readonly cooldown: ByPlace<number>;
  /** Edits are private where their member does not say whether they are. */
  readonly private: ByPlace<boolean>;
  /** What edits are asked for with where their member does not say: options of `/edit` by name. A member has their own in `all`. */
  readonly edit: ByPlace<EditChoices>;
  /** By id of a role or user group, names of the admin commands that its people may use, such as `admin cancel`. */
  readonly moderators: Readonly<Record<string, readonly string[]>>;
  /** By name of a pack, ids of the roles or user groups that may use it; everybody may use those that are not named. */
  readonly packs: Readonly<Record<string, readonly string[]>>;
  /** Where admins are told of edits and of what other admins do; `null` where they are not. */
  readonly log: LogSettings | null;
}

/** The log channel of a workspace. */
export interface LogSettings {
  readonly channel: string;
  /** BCP 47: the language of whoever set it. */
  readonly locale: string;
  /** Nothing could be written there lately; `untold`, and no admin knows. */
  readonly trouble: "none" | "untold" | "told";
}

/** A value for everywhere in a workspace, and for channels and categories that have one of their own. */
export interface ByPlace<T> {
  readonly all: T;
  readonly channels: Readonly<Record<string, T>>;
}

export type SettingName = keyof WorkspaceSettings;
type Name = SettingName;

const names = [
  "limits",
  "ceilings",
  "channels",
  "words",
  "blocked",
  "safety",
  "mentions",
  "avatar",
  "variations",
  "cooldown",
  "private",
  "moderators",
  "packs",
  "log",
  "edit",
] as const satisfies Name[];

/** Settings of a guild or workspace, as its admins left them. One that cannot be read is an error, never a standard value. */
export interface Settings {
  /** @throws EditError `settings-unreadable` */
  get<N extends Name>(scope: string, name: N): Promise<WorkspaceSettings[N]>;
  /** @throws EditError `settings-unreadable` */
  change<N extends Name>(
    scope: string,
    name: N,
    change: (before: WorkspaceSettings[N]) => WorkspaceSettings[N],
  ): Promise<WorkspaceSettings[N]>;
  /** Back to the standard value, also of what cannot be read. */
  reset(scope: string, name: Name): Promise<void>;
  /** Those that cannot be read. */
  unreadable(scope: string): Promise<readonly Name[]>;
}

/** Settings that hold in every workspace and direct conversation. */
export const everywhere = "";

/** Whose settings hold in a place: the guild's or workspace's; direct conversations of a platform share theirs. */
export function scopeOf(place: Pick<Place, "platform" | "workspace">): string {
  return `${place.platform}:${place.workspace ?? "direct"}`;
}

/** Whose own settings a member's are, in every workspace of the platform; other scopes begin with the platform. */
export function memberScopeOf({
  platform,
  user,
}: {
  readonly platform: string;
  readonly user: string;
}): string {
  return `member:${platform}:${user}`;
}

/** What is not stored is as it is by default. What cannot be read is logged once, until it can be read again. */
export function createSettings(store: SettingsStore, log: AdapterLog): Settings {
  const told = new Set<string>();
  const inTurn = createTurns();

  async function get<N extends Name>(scope: string, name: N): Promise<WorkspaceSettings[N]> {
    const key = `${scope} ${name}`;
    try {
      const value = await read(store, scope, name);
      told.delete(key);
      return value;
    } catch (error) {
      if (isUnreadable(error) && !told.has(key)) {
        told.add(key);
        log("error", "a setting cannot be read: nobody may do what it decides until an admin sets it anew", {
          code: error.code,
          scope,
          name,
          message: error.message,
        });
      }
      throw error;
    }
  }

  return {
    get,
    // One after another: of two people who are blocked at the same time neither is lost.
    change: (scope, name, change) =>
      inTurn(`${scope} ${name}`, async () => {
        const after = change(await get(scope, name));
        await store.set(scope, name, after);
        return after;
      }),
    reset: (scope, name) => store.set(scope, name, undefined),
    async unreadable(scope) {
      const found = await Promise.all(
        names.map(async (name) => {
          try {
            await get(scope, name);
            return [];
          } catch (error) {
            if (isUnreadable(error)) return [name];
            throw error;
          }
        }),
      );
      return found.flat();
    },
  };
}

/** True of the error that a setting cannot be read. */
export function isUnreadable(error: unknown): error is EditError {
  return error instanceof EditError && error.code === "settings-unreadable";
}

async function read<N extends Name>(
  store: SettingsStore,
  scope: string,
  name: N,
): Promise<WorkspaceSettings[N]> {
  let stored: unknown;
  try {
    stored = await store.get(scope, name);
  } catch (error) {
    if (error instanceof EditError && error.code === "store-unreadable") throw unreadable(scope, name, error);
    throw error;
  }
  if (stored === undefined) return defaults[name];
  const parsed = schemas[name].safeParse(stored);
  if (!parsed.success) throw unreadable(scope, name, parsed.error);
  return parsed.data as WorkspaceSettings[N];
}

function unreadable(scope: string, name: Name, cause: unknown): EditError {
  return new EditError(
    "settings-unreadable",
    `Expected the setting ${name} of ${scope || "the whole bot"} as this program writes it, got something else. \`/admin reset\` removes it.`,
    { cause },
  );
}

const defaults: WorkspaceSettings = {
  limits: { all: {}, members: {}, groups: {}, packs: {} },
  ceilings: { all: {}, members: {}, groups: {}, packs: {} },
  channels: { allowed: null, denied: [] },
  words: [],
  blocked: [],
  // Whoever gives the bot a safety model wants it to be heeded.
  safety: "mark",
  mentions: true,
  avatar: false,
  variations: false,
  cooldown: { all: 0, channels: {} },
  private: { all: false, channels: {} },
  moderators: {},
  packs: {},
  log: null,
  edit: { all: {}, channels: {} },
};

/** What is set for a place: of the thread, its channel and its category the narrowest that is named decides. */
export function valueIn<T>(
  { channel, parent, category }: Pick<Place, "channel" | "parent" | "category">,
  { all, channels }: ByPlace<T>,
): T {
  const named = [channel, parent, category].find((id) => id !== undefined && Object.hasOwn(channels, id));
  return (named === undefined ? undefined : channels[named]) ?? all;
}

/** With a value for one channel or category, or for everywhere where that is `null`; `null` takes it away. */
export function withValue<T>(
  before: ByPlace<T>,
  channel: string | null,
  value: T | null,
  standard: T,
): ByPlace<T> {
  if (channel === null) return { ...before, all: value ?? standard };
  const { [channel]: _, ...others } = before.channels;
  return { ...before, channels: value === null ? others : { ...others, [channel]: value } };
}

/** Whether an edit is private that is asked for there by somebody who does not say so. @throws EditError `settings-unreadable` */
export async function isPrivateByDefault(settings: Settings, place: Place): Promise<boolean> {
  return !place.isDirect && valueIn(place, await settings.get(scopeOf(place), "private"));
}

/** True where other results come beside a message that others look at, which then nobody turns. */
export async function comeBeside(
  place: Pick<Place, "platform" | "workspace" | "isDirect">,
  { settings }: { readonly settings: Settings },
): Promise<boolean> {
  return !place.isDirect && (await settings.get(scopeOf(place), "variations"));
}

/** True where the rules let the bot answer: the narrowest of them that names the place decides. */
export function isAnsweredIn(
  { channel, parent, category }: Pick<Place, "channel" | "parent" | "category">,
  { allowed, denied }: ChannelRules,
): boolean {
  for (const id of [channel, parent, category]) {
    if (id === undefined) continue;
    if (denied.includes(id)) return false;
    if (allowed?.includes(id)) return true;
  }
  return allowed === null;
}

/** What a member may ask for: by the workspace's settings, and never more than the operator grants. */
export function limitsWithin(
  member: Pick<Member, "id" | "groups">,
  { limits, ceilings }: Pick<WorkspaceSettings, "limits" | "ceilings">,
  standard: Limits,
): Limits {
  const set = limitsOf(member, limits, standard);
  const ceiling = limitsOf(member, ceilings, standard);
  return {
    waiting: Math.min(set.waiting, ceiling.waiting),
    perDay: Math.min(set.perDay, ceiling.perDay),
  };
}

/** What a member may ask for of one pack, where that has limits of its own; without bounds where it has none. */
export function packLimitsOf(
  member: Pick<Member, "id" | "groups">,
  { packs }: WorkspaceSettings["limits"],
  pack: string,
): Limits {
  const none = { waiting: Number.MAX_SAFE_INTEGER, perDay: Number.MAX_SAFE_INTEGER };
  const set = Object.hasOwn(packs, pack) ? packs[pack] : undefined;
  return set === undefined ? none : limitsOf(member, set, none);
}

/** The member's own limits, else the most generous of their groups, else the workspace's, else the configuration's. */
export function limitsOf(member: Pick<Member, "id" | "groups">, set: LimitsByWhom, standard: Limits): Limits {
  const own = set.members[member.id];
  const groups = member.groups.flatMap((id) => set.groups[id] ?? []);
  const pick = (name: keyof Limits): number => {
    const ofGroups = groups.flatMap((group) => group[name] ?? []);
    return own?.[name] ?? (ofGroups.length > 0 ? Math.max(...ofGroups) : (set.all[name] ?? standard[name]));
  };
  return { waiting: pick("waiting"), perDay: pick("perDay") };
}
