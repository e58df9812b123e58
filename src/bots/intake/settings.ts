import { z } from "zod";
import type { SettingsStore } from "../../store/settings.ts";
import { type SafetyPolicy, safetyPolicies } from "../../types.ts";
import type { Member, Place } from "../chat.ts";

/** How much a person may ask for. */
export interface Limits {
  /** Jobs waiting or running at once. */
  readonly waiting: number;
  /** Jobs of 24 hours. */
  readonly perDay: number;
}

const limits = z.object({ waiting: z.int().min(0), perDay: z.int().min(0) }).partial();
const schemas = {
  limits: z.object({
    all: limits.default({}),
    members: z.record(z.string(), limits).default({}),
    groups: z.record(z.string(), limits).default({}),
  }),
  /** Channels that the bot answers in; `null` for all. */
  channels: z.array(z.string()).nullable(),
  words: z.array(z.string()),
  blocked: z.array(z.string()),
  safety: z.enum(safetyPolicies),
};

/** What admins can set. */
export interface WorkspaceSettings {
  readonly limits: z.infer<typeof schemas.limits>;
  readonly channels: readonly string[] | null;
  readonly words: readonly string[];
  readonly blocked: readonly string[];
  /** What becomes of unsafe pictures, where the operator has them checked. */
  readonly safety: SafetyPolicy;
}

type Name = keyof WorkspaceSettings;

/** Settings of a guild or workspace, as its admins left them. */
export interface Settings {
  of(scope: string): Promise<WorkspaceSettings>;
  change<N extends Name>(
    scope: string,
    name: N,
    change: (before: WorkspaceSettings[N]) => WorkspaceSettings[N],
  ): Promise<WorkspaceSettings[N]>;
}

/** Whose settings hold in a place: the guild's or workspace's; direct conversations of a platform share theirs. */
export function scopeOf(place: Pick<Place, "platform" | "workspace">): string {
  return `${place.platform}:${place.workspace ?? "direct"}`;
}

/** What is stored in a form of before, or not at all, is as it is by default. */
export function createSettings(store: SettingsStore): Settings {
  const read = async (scope: string, name: Name) => {
    const parsed = schemas[name].safeParse(await store.get(scope, name));
    return parsed.success ? parsed.data : defaults[name];
  };
  return {
    async of(scope) {
      const [limits, channels, words, blocked, safety] = await Promise.all(
        (["limits", "channels", "words", "blocked", "safety"] as const).map((name) => read(scope, name)),
      );
      return { limits, channels, words, blocked, safety } as WorkspaceSettings;
    },
    async change(scope, name, change) {
      const after = change((await read(scope, name)) as WorkspaceSettings[typeof name]);
      await store.set(scope, name, after);
      return after;
    },
  };
}

const defaults: WorkspaceSettings = {
  limits: { all: {}, members: {}, groups: {} },
  channels: null,
  words: [],
  blocked: [],
  // Whoever gives the bot a safety model wants it to be heeded.
  safety: "mark",
};

/** The member's own limits, else the most generous of their groups, else the workspace's, else the configuration's. */
export function limitsOf(member: Member, set: WorkspaceSettings["limits"], standard: Limits): Limits {
  const own = set.members[member.id];
  const groups = member.groups.flatMap((id) => set.groups[id] ?? []);
  const pick = (name: keyof Limits): number => {
    const ofGroups = groups.flatMap((group) => group[name] ?? []);
    return own?.[name] ?? (ofGroups.length > 0 ? Math.max(...ofGroups) : (set.all[name] ?? standard[name]));
  };
  return { waiting: pick("waiting"), perDay: pick("perDay") };
}

/**
 * True where a refused word or phrase stands in the text as words of its own; case, accents and what is between words do
 * not matter.
 */
export function hasRefusedWord(text: string, words: readonly string[]): boolean {
  const said = ` ${plainWords(text)} `;
  return words.some((word) => {
    const plain = plainWords(word);
    return plain !== "" && said.includes(` ${plain} `);
  });
}

function plainWords(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}
