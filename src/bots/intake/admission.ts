import { EditError } from "../../errors.ts";
import type { Scheduler } from "../../queue/scheduler.ts";
import type { JobFilter } from "../../store/jobs.ts";
import type { Store } from "../../store/store.ts";
import type { Member, Place } from "../chat.ts";
import { Refusal } from "../refusal.ts";
import { hasRefusedWord, type Limits, limitsOf, type Settings, scopeOf } from "./settings.ts";

export interface AdmissionParts {
  readonly store: Store;
  readonly scheduler: Pick<Scheduler, "isDraining">;
  readonly settings: Settings;
  readonly standardLimits: Limits;
  readonly clock: () => number;
}

/** Who may have a job painted, where, and how many: asked before anything is fetched or stored. */
export interface Admission {
  /**
   * @throws EditError `draining`, `member-blocked`; Refusal `channel-refused`, `limit-waiting`, `limit-per-day`
   */
  check(member: Member, place: Place): Promise<void>;
  /** @throws EditError `words-refused` */
  checkWords(place: Place, ...texts: readonly string[]): Promise<void>;
}

const dayMilliseconds = 24 * 60 * 60 * 1000;

/** Goes by the settings of the place, else by the configuration's limits. */
export function createAdmission(parts: AdmissionParts): Admission {
  const { store, scheduler, settings, standardLimits, clock } = parts;
  return {
    async check(member, place) {
      if (scheduler.isDraining)
        throw new EditError("draining", "Expected a bot that takes work, got one that drains.");
      const set = await settings.of(scopeOf(place));
      if (set.blocked.includes(member.id)) {
        throw new EditError("member-blocked", "Expected a member who may edit, got a blocked one.");
      }
      const isAnswered = [place.channel, place.parent].some(
        (id) => id !== undefined && set.channels?.includes(id),
      );
      if (set.channels && !place.isDirect && !isAnswered) {
        throw new Refusal(
          { code: "channel-refused", channels: set.channels },
          "Expected a channel that the bot answers in, got another.",
        );
      }
      await checkLimits(store, limitsOf(member, set.limits, standardLimits), member, place, clock());
    },
    async checkWords(place, ...texts) {
      const { words } = await settings.of(scopeOf(place));
      if (texts.some((text) => hasRefusedWord(text, words))) {
        throw new EditError("words-refused", "Expected a prompt without refused words, got one with some.");
      }
    },
  };
}

async function checkLimits(
  store: Store,
  { waiting, perDay }: Limits,
  member: Member,
  place: Place,
  now: number,
): Promise<void> {
  const mine: JobFilter = { platform: place.platform, user: member.id };
  const unfinished = await store.jobs.count({ ...mine, states: ["waiting", "running"] });
  if (unfinished >= waiting) {
    throw new Refusal(
      { code: "limit-waiting", count: waiting },
      `Expected fewer than ${waiting} jobs waiting, got ${unfinished}.`,
    );
  }
  const today = await store.jobs.count({ ...mine, createdAfter: now - dayMilliseconds });
  if (today >= perDay) {
    // When the oldest of those that count is a day old, there is room for one.
    const counted = await store.jobs.list({ ...mine, createdAfter: now - dayMilliseconds, limit: perDay });
    const oldest = counted.at(-1);
    const againSeconds = oldest ? (oldest.createdAt + dayMilliseconds - now) / 1000 : null;
    throw new Refusal(
      { code: "limit-per-day", count: perDay, againSeconds },
      `Expected fewer than ${perDay} jobs of 24 hours, got ${today}.`,
    );
  }
}
