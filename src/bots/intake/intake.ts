import { EditError } from "../../errors.ts";
import type { Words } from "../../locales/words.ts";
import type { Scheduler } from "../../queue/scheduler.ts";
import { parseEditRequest } from "../../request.ts";
import type { Area, JobRecord, Lineage, NewJob } from "../../store/jobs.ts";
import type { Store } from "../../store/store.ts";
import type { EditRequest } from "../../types.ts";
import {
  ChatError,
  type ChatPlatform,
  type Member,
  type Permission,
  type Place,
  type Responder,
} from "../chat.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { LogChannel } from "../log-channel.ts";
import { Refusal } from "../refusal.ts";
import type { Admission } from "./admission.ts";
import { type EditChoices, type EditOption, partOf, textsIn } from "./edit-options.ts";
import { newJobId } from "./job-files.ts";
import type { PackRules } from "./pack-rules.ts";
import { type OfferedPack, packOf, painterOf } from "./painter.ts";
import { keepPicture, type PictureParts, type SentPicture } from "./picture.ts";
import { isPrivateByDefault, type Settings, scopeOf } from "./settings.ts";
import { tidyPrompt } from "./typed-text.ts";

/** An edit as a member asked for it in a chat; nothing is checked yet. */
export interface Wish extends SentPicture {
  readonly place: Place;
  readonly responder: Responder;
  readonly prompt: string;
  readonly choices: EditChoices;
  readonly showsBox: boolean;
  /** As the place is set where `null`. */
  readonly isPrivate: boolean | null;
  readonly lineage: Lineage | null;
  readonly area: Area | null;
  /** The message that asks. */
  readonly replyTo: string | null;
  /** Called once neither the words nor the picture can be refused any more, before the job is stored. */
  readonly onChecked?: () => Promise<void>;
}

export interface IntakeParts extends PictureParts {
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly admission: Admission;
  readonly packRules: PackRules;
  readonly settings: Settings;
  readonly delivery: Delivery;
  /** What edits are painted with; the first where nothing is chosen. */
  readonly packs: readonly OfferedPack[];
  readonly editOptions: readonly EditOption[];
  readonly logChannel: Pick<LogChannel, "job" | "refused">;
  /** Resolves where a job can be stored and painted now. @throws EditError of a storage failure */
  readonly requireStorage: () => Promise<void>;
  /** Results that an edit made unsafe are refused where pictures are checked. */
  readonly refusesUndressing: boolean;
  /** Drafts are shown while a region is learned. */
  readonly showsPreviews: boolean;
  readonly wordsIn: (locale: string) => Words;
  readonly clock: () => number;
}

/** How a wish was accepted: with its message posted, or kept for `/queue` because the member cannot be written to. */
export interface Accepted {
  readonly job: JobRecord;
  readonly how: "posted" | "kept";
}

/**
 * From a wish to a waiting job: everything is checked before it is spent. What costs nothing comes first: who asks, the
 * words, the place; then the order is reserved; then the picture is fetched and looked at; then the job is stored, and only
 * then promised.
 */
export interface Intake {
  /**
   * Who asks and where, before they are asked for anything. `accept` asks again.
   * @throws EditError `draining`, `member-blocked`; Refusal; ChatError `missing-permission`
   */
  admit(
    asker: Pick<Wish, "member" | "place" | "platform" | "isPrivate">,
    options: { readonly signal: AbortSignal },
  ): Promise<void>;
  /**
   * A prompt and choices, each where it is given.
   * @throws EditError every code of a request; `undressing-refused`, `words-refused`, `settings-unreadable`; Refusal
   */
  checkTexts(
    texts: Pick<Wish, "member" | "place" | "isPrivate"> & Partial<Pick<Wish, "prompt" | "choices">>,
  ): Promise<void>;
  /** @throws EditError every code of a request, an attachment, a picture and of storage; Refusal; ChatError `missing-permission` */
  accept(wish: Wish): Promise<Accepted>;
}

/** A wish that is refused leaves neither a file nor a job. */
export function createIntake(parts: IntakeParts): Intake {
  const { store, scheduler, files, admission, delivery, clock, signal } = parts;

  /** Who asks, where, and for what: nothing that costs anything. */
  async function checkRequest(wish: Wish): Promise<EditRequest> {
    await admission.check(wish.member, wish.place);
    await checkWords(wish);
    const { style = null, pack = null, ...asked } = partOf(wish.choices, parts.editOptions);
    const method = asked.settings?.method ?? null;
    const strength = (asked.settings?.strength ?? 1) < 1 ? String(wish.choices.strength) : null;
    const painter = painterOf({ pack, style, method, strength }, await packsFor(wish, pack));
    const seed = Math.floor(Math.random() * 1_000_000);
    return parseEditRequest({
      image: "source",
      prompt: tidyPrompt(wish.prompt),
      pack: painter.pack,
      box: wish.box,
      ...asked,
      settings: { seed, ...asked.settings, method: painter.method },
      safety: await parts.settings.get(scopeOf(wish.place), "safety"),
      refusesNewlyUnsafe: parts.refusesUndressing,
      previews: parts.showsPreviews,
    });
  }

  /** Those that the member may use. @throws Refusal `pack-refused` where the one that was chosen is none of them, or there are none */
  async function packsFor({ member, place }: Wish, chosen: string | null): Promise<readonly OfferedPack[]> {
    const names = parts.packs.map(({ name }) => name);
    const packs = await parts.packRules.packsFor(member, place, names);
    const refused = names.find((name) => name === chosen && !packs.includes(name));
    if (refused !== undefined || packs.length === 0) {
      const pack = refused ?? chosen ?? names[0] ?? "";
      throw new Refusal(
        { code: "pack-refused", option: "pack", pack, packs },
        `Expected a pack among ${packs.join(", ") || "none"}, got ${pack}.`,
      );
    }
    return parts.packs.filter(({ name }) => packs.includes(name));
  }

  function checkWords({ place, prompt, choices }: Pick<Wish, "place" | "prompt" | "choices">): Promise<void> {
    const texts = [prompt, ...textsIn(choices, parts.editOptions)];
    return admission.checkWords(place, ...texts.map(tidyPrompt));
  }

  async function isPrivateWish({ isPrivate, place }: Pick<Wish, "isPrivate" | "place">): Promise<boolean> {
    return isPrivate ?? (await isPrivateByDefault(parts.settings, place));
  }

  /** Where the job's message goes; `null` where the member takes no direct messages. */
  async function placeFor({ member, platform, place }: Wish, isPrivate: boolean): Promise<Place | null> {
    // Nothing can be posted there, and nobody who shares no server can be written to.
    if (place.isOutside) return null;
    const found = isPrivate ? await directPlace(platform, member, signal) : place;
    if (found) await requirePermissions(platform, found, signal);
    return found;
  }

  async function announce(job: JobRecord, responder: Responder): Promise<Accepted> {
    try {
      return { job, how: await delivery.announce(job, responder) };
    } catch (error) {
      // Nobody would ever see it: the member hears why instead, once.
      await scheduler.cancel(job.id);
      await store.jobs.markDelivered(job.id);
      throw error;
    }
  }

  /** Admins are told of what their rules refuse. */
  async function telling<T>(
    { member, place, isPrivate }: Pick<Wish, "member" | "place" | "isPrivate">,
    check: () => Promise<T>,
  ): Promise<T> {
    try {
      return await check();
    } catch (error) {
      if (error instanceof EditError) {
        const isHidden = await isPrivateWish({ isPrivate, place }).catch(() => true);
        parts.logChannel.refused({ member, place, isPrivate: isHidden }, error);
      }
      throw error;
    }
  }

  async function accept(wish: Wish): Promise<Accepted> {
    const request = await checkRequest(wish);
    await parts.requireStorage();
    const isPrivate = await isPrivateWish(wish);
    const place = await placeFor(wish, isPrivate);
    const id = newJobId();
    await admission.reserve(id, wish.member, wish.place, packOf(request));
    let job: JobRecord;
    try {
      await keepPicture(wish, id, parts);
      await wish.onChecked?.();
      job = await store.jobs.add(jobOf(wish, { id, place, request, isPrivate }), clock());
    } catch (error) {
      // On a full disk neither may work: the reservation expires, the folder is found at the next start.
      await Promise.allSettled([admission.release(id), files.remove(id)]);
      throw error;
    }
    scheduler.wake();
    const accepted = await announce(job, wish.responder);
    parts.logChannel.job(job);
    return accepted;
  }

  return {
    async admit({ member, place, platform, isPrivate }, options) {
      await telling({ member, place, isPrivate }, () => admission.check(member, place));
      if (!place.isOutside && !(await isPrivateWish({ isPrivate, place })))
        await requirePermissions(platform, place, options.signal);
    },
    async checkTexts({ member, place, isPrivate, prompt = "a tree", choices = {} }) {
      // Whether they go together shows when all are known.
      const { style: _, ...asked } = partOf(choices, parts.editOptions);
      parseEditRequest({ image: "source", prompt: tidyPrompt(prompt), ...asked });
      await telling({ member, place, isPrivate }, () => checkWords({ place, prompt, choices }));
    },
    accept: (wish) => telling(wish, () => accept(wish)),
  };

  function jobOf(wish: Wish, made: Pick<NewJob, "id" | "place" | "request" | "isPrivate">): NewJob {
    const { member, platform, place: askedIn, showsBox, lineage, area, replyTo } = wish;
    return {
      ...made,
      owner: { platform: platform.name, workspace: askedIn.workspace, user: member.id },
      askedIn,
      locale: parts.wordsIn(member.locale).locale,
      showsBox,
      lineage,
      area,
      replyTo,
    };
  }
}

async function directPlace(
  platform: ChatPlatform,
  member: Member,
  signal: AbortSignal,
): Promise<Place | null> {
  try {
    return await platform.directPlace(member.id, { signal });
  } catch (error) {
    if (error instanceof ChatError && error.failure === "direct-refused") return null;
    throw error;
  }
}

const needed: readonly Permission[] = ["view", "post", "attach", "join", "archived", "group"];

async function requirePermissions(platform: ChatPlatform, place: Place, signal: AbortSignal): Promise<void> {
  const missing = (await platform.abilitiesIn(place, { signal })).missing.filter((each) =>
    needed.includes(each),
  );
  if (missing.length > 0) {
    throw new ChatError(
      "missing-permission",
      `Expected to be allowed to ${needed.join(", ")}, got no ${missing.join(", ")}.`,
      {
        missing,
      },
    );
  }
}
