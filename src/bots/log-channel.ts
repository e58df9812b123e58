import { createHash } from "node:crypto";
import { type EditError, type ErrorCode, isStorageFailure } from "../errors.ts";
import type { RichText } from "../locales/rich-text.ts";
import type { Words } from "../locales/words.ts";
import type { AuditEntry } from "../store/audit.ts";
import { type JobRecord, personOf } from "../store/jobs.ts";
import type { Store } from "../store/store.ts";
import {
  type AdapterLog,
  ChatError,
  type ChatPlatform,
  type Member,
  type MessageRef,
  type Place,
} from "./chat.ts";
import type { Outbox } from "./delivery/outbox.ts";
import { type LogSettings, type Settings, scopeOf } from "./intake/settings.ts";
import { failureOfCode, failureText } from "./messages/failure.ts";
import { loggedAction, loggedJob } from "./messages/logged.ts";
import { Refusal } from "./refusal.ts";

export interface LogChannelParts {
  readonly platforms: ReadonlyMap<string, ChatPlatform>;
  readonly store: Pick<Store, "jobs" | "logged" | "audit">;
  readonly settings: Settings;
  readonly outbox: Outbox;
  readonly wordsIn: (locale: string) => Words;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  /** In milliseconds. */
  readonly monotonicClock: () => number;
  readonly log: AdapterLog;
}

/**
 * Tells the admins of a workspace, in the channel that they named, which edits begin, end and are refused, and who steers what.
 * Nothing waits for it, and nothing fails with it: a channel that cannot be written to is told once to an admin.
 */
export interface LogChannel {
  /** A job was taken, or is over: one message carries both. */
  job(job: JobRecord): void;
  /** A rule stood against an edit; what is a mistake of typing is not told. */
  refused(asked: RefusedEdit, error: EditError): void;
  /** Somebody steered something, in the scope that the entry names. */
  acted(entry: AuditEntry): void;
  /** Posts the first message. @throws ChatError where the channel cannot be written to */
  open(platform: ChatPlatform, place: Place, text: RichText, signal: AbortSignal): Promise<void>;
  /** What an admin is to be told of a log channel that cannot be written to, once; `null` where there is nothing. */
  takeTrouble(place: Place, words: Words): Promise<RichText | null>;
}

export interface RefusedEdit {
  readonly member: Pick<Member, "id">;
  readonly place: Place;
  readonly isPrivate: boolean;
}

/** Refusals that admins have to do with. */
const toldCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "words-refused",
  "undressing-refused",
  "picture-refused",
  "limit-waiting",
  "limit-per-day",
  "limit-cooldown",
  "limit-pack",
  "pack-refused",
]);

/** Refusals of a member for the same reason are told in one message for so long. */
const togetherMilliseconds = 10 * 60_000;
/** A channel that refused is left alone for so long. */
const restMilliseconds = 10 * 60_000;
const troubleMilliseconds = 30_000;
const countedRefusals = 1000;
const lookedThrough = 1000;

/** Where a workspace's log is written to now. */
interface Target {
  readonly scope: string;
  readonly platform: ChatPlatform;
  readonly place: Place;
  readonly words: Words;
}

/** What one message says, and whom it names. */
interface Entry {
  /** Of the message, in the store; `null` of what admins did, which stays as their audit does. */
  readonly key: string | null;
  readonly person: string | null;
  readonly job: string | null;
  readonly text: RichText;
}

export function createLogChannel(parts: LogChannelParts): LogChannel {
  const { platforms, store, settings, outbox, clock, monotonicClock, log } = parts;
  /** Until when nothing is written to a scope's channel, monotonic. */
  const resting = new Map<string, number>();
  const refusals = new Map<string, { readonly key: string; readonly since: number; count: number }>();
  let counter = 0;

  function put(scope: string, key: string, entryOf: (target: Target) => Promise<Entry | null>): void {
    const name = scope.slice(0, scope.indexOf(":"));
    const platform = platforms.get(name);
    if (!platform || (resting.get(scope) ?? 0) > monotonicClock()) return;
    void settings
      .get(scope, "log")
      .then((set) => {
        if (!set) return;
        const place = placeOf(scope, set);
        const { channel, workspace } = platform.capabilities.writesPerMinute;
        outbox.put({
          key: `log ${scope} ${key}`,
          urgency: "position",
          interval: 0,
          channel: { name: `${name}:${place.channel}`, writesPerMinute: channel },
          workspace: { name: `${name}:workspace:${place.workspace}`, writesPerMinute: workspace },
          run: (signal) =>
            write({ scope, platform, place, words: parts.wordsIn(set.locale) }, entryOf, signal),
          giveUp: (error) => giveUp(scope, platform, error),
        });
      })
      .catch((error) => log("debug", "a log channel is not known", { scope, error }));
  }

  async function write(
    target: Target,
    entryOf: (target: Target) => Promise<Entry | null>,
    signal: AbortSignal,
  ): Promise<void> {
    const entry = await entryOf(target);
    const set = await settings.get(target.scope, "log");
    // It was set anew since.
    if (!entry || set?.channel !== target.place.channel) return;
    const before = entry.key === null ? null : await store.logged.find(entry.key);
    if (!before || !(await isEdited(before, entry, target, signal))) await post(entry, target, signal);
    resting.delete(target.scope);
    if (set.trouble !== "none") await noteTrouble(target.scope, "none");
  }

  /** False where what was said before has to be said anew. */
  async function isEdited(
    before: MessageRef,
    { text }: Entry,
    { platform, place }: Target,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (before.channel !== place.channel) return false;
    try {
      await platform.edit(before, { text, pictures: [], buttons: [] }, { signal });
      return true;
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      // Somebody took it away.
      if (error.failure === "unknown-message") return true;
      if (error.failure === "edit-refused") return false;
      throw error;
    }
  }

  async function post(entry: Entry, { platform, place }: Target, signal: AbortSignal): Promise<void> {
    const { key, person, job, text } = entry;
    const message = await platform.post(
      place,
      { text, pictures: [], buttons: [] },
      { key: postKeyOf(key ?? `${clock()} ${counter++}`), signal },
    );
    if (key !== null && person !== null) await store.logged.add({ key, person, job, message }, clock());
  }

  /** What passes is not told: the next entry may go through. */
  async function giveUp(scope: string, platform: ChatPlatform, error: unknown): Promise<void> {
    log("info", "a log channel could not be written to", { scope, error });
    resting.set(scope, monotonicClock() + restMilliseconds);
    if (!(error instanceof ChatError) || error.isPassing) return;
    try {
      const set = await settings.get(scope, "log");
      if (!set || set.trouble !== "none") return;
      await noteTrouble(scope, "untold");
      const signal = AbortSignal.timeout(troubleMilliseconds);
      const admin = await whoSet(scope);
      if (admin === null) return;
      const direct = await platform.directPlace(admin, { signal });
      const text = troubleText(set, platform, parts.wordsIn(set.locale));
      const key = postKeyOf(`trouble ${scope} ${clock()}`);
      await platform.post(direct, { text, pictures: [], buttons: [] }, { key, signal });
      await noteTrouble(scope, "told");
    } catch (unsaid) {
      if (isStorageFailure(unsaid)) throw unsaid;
      log("info", "an admin could not be told of a log channel", { scope, error: unsaid });
    }
  }

  /** As the audit has it; `null` where that is too long ago. */
  async function whoSet(scope: string): Promise<string | null> {
    const entries = await store.audit.list(scope, lookedThrough);
    return entries.find(({ action, details }) => action === "log" && details.do === "set")?.actor ?? null;
  }

  function noteTrouble(scope: string, trouble: LogSettings["trouble"]): Promise<unknown> {
    return settings.change(scope, "log", (before) => before && { ...before, trouble });
  }

  /** The message that tells of refusals of this member for this reason, and how many they are by now. */
  function countRefusal(scope: string, member: string, code: string) {
    const name = `${scope} ${member} ${code}`;
    const known = refusals.get(name);
    const isTogether = known !== undefined && monotonicClock() - known.since < togetherMilliseconds;
    const found = isTogether
      ? known
      : { key: `refused ${scope} ${clock()} ${counter++}`, since: monotonicClock(), count: 0 };
    found.count += 1;
    refusals.delete(name);
    refusals.set(name, found);
    const [oldest] = refusals.keys();
    if (refusals.size > countedRefusals && oldest !== undefined) refusals.delete(oldest);
    return found;
  }

  return {
    job({ id, owner, askedIn }) {
      put(scopeOf(askedIn), id, async ({ words, platform: { capabilities } }) => {
        const job = await store.jobs.find(id);
        if (!job) return null;
        const text = loggedJob(job, { words, capabilities });
        return { key: id, person: personOf(owner), job: id, text };
      });
    },
    refused({ member, place, isPrivate }, error) {
      if (!toldCodes.has(error.code)) return;
      const scope = scopeOf(place);
      const told = countRefusal(scope, member.id, error.code);
      put(scope, told.key, async ({ words, platform: { capabilities } }) => {
        const failure = error instanceof Refusal ? error.reason : failureOfCode(error.code, null);
        const text = words.say("log.refused", {
          who: { member: member.id },
          where: isPrivate || place.isDirect ? "none" : [{ channel: place.channel }],
          reason: failureText(failure, words, capabilities),
          count: told.count,
        });
        const person = personOf({ platform: place.platform, user: member.id });
        return { key: told.key, person, job: null, text };
      });
    },
    acted(entry) {
      put(entry.scope, `action ${counter++}`, async ({ words }) => ({
        ...{ key: null, person: null, job: null },
        text: loggedAction(entry, words),
      }));
    },
    async open(platform, place, text, signal) {
      const key = postKeyOf(`open ${clock()}`);
      await platform.post(place, { text, pictures: [], buttons: [] }, { key, signal });
      resting.delete(scopeOf(place));
    },
    async takeTrouble(place, words) {
      const scope = scopeOf(place);
      const platform = platforms.get(place.platform);
      const set = await settings.get(scope, "log");
      if (!platform || set?.trouble !== "untold") return null;
      await noteTrouble(scope, "told");
      return troubleText(set, platform, words);
    },
  };
}

function troubleText({ channel }: LogSettings, { capabilities }: ChatPlatform, words: Words): RichText {
  const command = { code: capabilities.typed("admin log", "set") };
  return words.say("log.trouble", { where: { channel }, command });
}

function placeOf(scope: string, { channel }: LogSettings): Place {
  const [platform = "", workspace = ""] = scope.split(":");
  return {
    platform,
    workspace: workspace === "direct" ? null : workspace,
    channel,
    thread: null,
    isDirect: false,
  };
}

/** At most 25 characters of those that a key may have. */
function postKeyOf(name: string): string {
  return `log-${createHash("sha256").update(name).digest("hex").slice(0, 20)}`;
}
