import { EditError } from "../../errors.ts";
import type { Scheduler } from "../../queue/scheduler.ts";
import { type Orderer, type OrderLimits, type OrderRoom, orderPeriods } from "../../store/orders.ts";
import type { Store } from "../../store/store.ts";
import type { Member, Place } from "../chat.ts";
import { Refusal } from "../refusal.ts";
import { hasRefusedWord } from "./refused-words.ts";
import { limitsWithin, packLimitsOf, type Settings, scopeOf, valueIn } from "./settings.ts";
import { asksToUndress } from "./undressing/undress.ts";

export interface AdmissionParts {
  readonly store: Store;
  readonly scheduler: Pick<Scheduler, "isDraining">;
  readonly settings: Settings;
  readonly standardLimits: Pick<OrderLimits, "waiting" | "perDay">;
  /** What members may have at most where the bot is not; `null` where they may not ask there. */
  readonly outsideLimits: Pick<OrderLimits, "waiting" | "perDay"> | null;
  /** Texts that ask to undress people are refused. */
  readonly refusesUndressing: boolean;
  readonly clock: () => number;
}

/** How many jobs a member may have painted, and of what words: asked before anything is fetched or stored. */
export interface Admission {
  /**
   * @throws EditError `draining`, `settings-unreadable`; Refusal `limit-waiting`, `limit-per-day`, `limit-cooldown`
   */
  check(member: Member, place: Place): Promise<void>;
  /** What holds for a member in a place. @throws EditError `settings-unreadable` */
  limitsFor(member: Member, place: Place): Promise<Required<Omit<OrderLimits, "pack">>>;
  /** @throws EditError `undressing-refused`, `words-refused`, `settings-unreadable` */
  checkWords(place: Place, ...texts: readonly string[]): Promise<void>;
  /**
   * Counts an order against the member's limits from now on, however many come at once; a job that is added under its id
   * keeps it counted.
   * @param pack Without its style
   * @throws EditError `settings-unreadable`; Refusal `limit-waiting`, `limit-per-day`, `limit-cooldown`, `limit-pack`
   */
  reserve(id: string, member: Member, place: Place, pack: string): Promise<void>;
  /** No job came of the order. */
  release(id: string): Promise<void>;
}

/** Goes by the settings of the place, else by the configuration's limits. */
export function createAdmission(parts: AdmissionParts): Admission {
  const { store, scheduler, settings, standardLimits, clock } = parts;

  async function limitsFor(member: Member, place: Place): Promise<Required<Omit<OrderLimits, "pack">>> {
    const scope = scopeOf(place);
    const [limits, ceilings, cooldown] = await Promise.all([
      settings.get(scope, "limits"),
      settings.get(scope, "ceilings"),
      settings.get(scope, "cooldown"),
    ]);
    const within = limitsWithin(member, { limits, ceilings }, standardLimits);
    const outside = place.isOutside ? (parts.outsideLimits ?? { waiting: 0, perDay: 0 }) : within;
    return {
      waiting: Math.min(within.waiting, outside.waiting),
      perDay: Math.min(within.perDay, outside.perDay),
      cooldown: valueIn(place, cooldown) * 1000,
    };
  }

  return {
    limitsFor,
    async check(member, place) {
      if (scheduler.isDraining)
        throw new EditError("draining", "Expected a bot that takes work, got one that drains.");
      const limits = await limitsFor(member, place);
      const now = clock();
      requireRoom(await store.orders.room(ordererOf(member, place), limits, now), limits, now);
    },
    async reserve(id, member, place, pack) {
      const set = await settings.get(scopeOf(place), "limits");
      const ofPack = { name: pack, ...packLimitsOf(member, set, pack) };
      const limits = { ...(await limitsFor(member, place)), pack: ofPack };
      const now = clock();
      const order = { id, orderer: ordererOf(member, place), limits };
      requireRoom(await store.orders.reserve(order, now), limits, now);
    },
    release: (id) => store.orders.release(id),
    async checkWords(place, ...texts) {
      if (parts.refusesUndressing && texts.some(asksToUndress)) {
        throw new EditError(
          "undressing-refused",
          "Expected a prompt that undresses nobody, got one that asks for it.",
        );
      }
      const words = await settings.get(scopeOf(place), "words");
      if (texts.some((text) => hasRefusedWord(text, words))) {
        throw new EditError("words-refused", "Expected a prompt without refused words, got one with some.");
      }
    },
  };
}

function ordererOf({ id }: Member, { platform }: Place): Orderer {
  return { platform, user: id };
}

type Held = Required<Omit<OrderLimits, "pack">> & Pick<OrderLimits, "pack">;

/** @throws Refusal `limit-waiting`, `limit-per-day`, `limit-cooldown`, `limit-pack` */
function requireRoom(room: OrderRoom, { waiting, perDay, cooldown, pack }: Held, now: number): void {
  if (pack && (room.kind === "waiting" || room.kind === "per-day") && room.pack !== undefined) {
    const isAtOnce = room.kind === "waiting";
    const count = isAtOnce ? pack.waiting : pack.perDay;
    const oldest = isAtOnce ? null : room.oldest;
    throw new Refusal(
      {
        ...{ code: "limit-pack", pack: pack.name, count, isAtOnce },
        againSeconds: oldest === null ? null : (oldest + orderPeriods.day - now) / 1000,
      },
      `Expected fewer than ${count} jobs of pack ${pack.name} ${isAtOnce ? "waiting" : "of 24 hours"}, got as many.`,
    );
  }
  if (room.kind === "waiting") {
    throw new Refusal(
      { code: "limit-waiting", count: waiting },
      `Expected fewer than ${waiting} jobs waiting, got ${room.unfinished}.`,
    );
  }
  if (room.kind === "per-day") {
    const againSeconds = room.oldest === null ? null : (room.oldest + orderPeriods.day - now) / 1000;
    throw new Refusal(
      { code: "limit-per-day", count: perDay, againSeconds },
      `Expected fewer than ${perDay} jobs of 24 hours, got ${room.orders}.`,
    );
  }
  if (room.kind === "cooldown") {
    const againSeconds = Math.max(1, Math.ceil((room.until - now) / 1000));
    throw new Refusal(
      { code: "limit-cooldown", seconds: cooldown / 1000, againSeconds },
      `Expected ${cooldown / 1000} s since the last job, got ${againSeconds} s fewer.`,
    );
  }
}
