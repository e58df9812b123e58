import type { RichText } from "../locales/rich-text.ts";
import type { Words } from "../locales/words.ts";
import type { JobChange } from "../queue/job-change.ts";
import type { Scheduler } from "../queue/scheduler.ts";
import { type Owner, personOf } from "../store/jobs.ts";
import type { Post } from "../store/posts.ts";
import type { Store } from "../store/store.ts";
import type { AdapterLog, ChatEvent, ChatPlatform, MessageRef } from "./chat.ts";
import type { Outbox } from "./delivery/outbox.ts";
import type { Admission } from "./intake/admission.ts";
import { type EditOption, isSettable, wordsOf } from "./intake/edit-options.ts";
import { isPrivateByDefault, memberScopeOf, type Settings, scopeOf } from "./intake/settings.ts";
import { homeOf } from "./messages/home.ts";
import type { References } from "./messages/references.ts";

export interface HomesParts {
  readonly platforms: ReadonlyMap<string, ChatPlatform>;
  readonly store: Pick<Store, "jobs" | "posts">;
  readonly scheduler: Scheduler;
  readonly settings: Settings;
  readonly admission: Pick<Admission, "limitsFor">;
  readonly references: References;
  readonly editOptions: readonly EditOption[];
  readonly outbox: Outbox;
  readonly saysAi: boolean;
  readonly wordsIn: (locale: string) => Words;
  /** In milliseconds. */
  readonly monotonicClock: () => number;
  readonly log: AdapterLog;
  readonly signal: AbortSignal;
}

type Looker = Pick<ChatEvent, "member" | "place">;

/** Pages of one member each, where a platform has them: their last edits, their places in line, what they can set. */
export interface Homes extends Disposable {
  /** From now on the pages that are looked at follow what the scheduler does. */
  follow(): void;
  /**
   * Shows a member's page as it is now, and follows it for a while. Nothing on platforms without such pages; what a platform
   * refuses is logged.
   */
  show(looker: Looker, notice?: RichText | null): Promise<void>;
  /** Says this alone, to somebody who is to see nothing else. */
  showText(looker: Looker, text: RichText): Promise<void>;
  /** Something of a member's changed that the scheduler does not tell of. */
  changed(member: Omit<Owner, "workspace">): void;
}

const shownJobs = 8;
/** Nobody says when a page is closed: it is followed for so long since it was opened, or something on it was pressed. */
const followedMilliseconds = 30 * 60_000;
/** Between two changes of the same page. */
const pauseMilliseconds = 3000;
/** Slack takes about 100 pages a minute, of everybody together. */
const pagesPerMinute = 60;

/** A page that is looked at. */
interface Followed {
  readonly looker: Looker;
  readonly until: number;
  /** Jobs on it. */
  readonly jobs: ReadonlySet<string>;
}

export function createHomes(parts: HomesParts): Homes {
  const { platforms, store, scheduler, settings, outbox, monotonicClock, log } = parts;
  const followed = new Map<string, Followed>();
  let stopFollowing = () => {};

  async function publish(looker: Looker, notice: RichText | null, signal: AbortSignal): Promise<void> {
    const { place, member } = looker;
    const platform = platforms.get(place.platform);
    if (!platform?.showHome) return;
    const owner = { platform: place.platform, user: member.id };
    const jobs = await store.jobs.list({ ...owner, limit: shownJobs });
    followed.set(personOf(owner), {
      looker,
      until: monotonicClock() + followedMilliseconds,
      jobs: new Set(jobs.map(({ id }) => id)),
    });
    const words = parts.wordsIn(member.locale);
    const { capabilities } = platform;
    const tools = { words, references: parts.references, capabilities, saysAi: parts.saysAi };
    const content = {
      notice,
      jobs: await Promise.all(
        jobs.map(async (job) => ({ job, message: shownBy(await store.posts.ofJob(job.id)) })),
      ),
      standings: await scheduler.standings(),
      waiting: await store.jobs.count({ states: ["waiting"] }),
      isPaused: scheduler.lanes.every((lane) => lane.isPaused),
      mentions: {
        own: await settings.get(memberScopeOf(owner), "mentions"),
        here: await settings.get(scopeOf(place), "mentions"),
      },
      defaults: wordsOf(
        (await settings.get(memberScopeOf(owner), "edit")).all,
        parts.editOptions.filter(isSettable),
      ),
      avatar: capabilities.avatars ? await settings.get(memberScopeOf(owner), "avatar") : null,
      limits: await parts.admission.limitsFor(member, place),
      isPrivate: await isPrivateByDefault(settings, { ...place, isDirect: false }),
    };
    await platform.showHome(member.id, homeOf(content, tools), { signal });
  }

  /** Of somebody who still looks at it, when its turn comes. */
  function put(person: string): void {
    const found = followed.get(person);
    if (!found) return;
    const { platform } = found.looker.place;
    const budget = { name: `${platform}:homes`, writesPerMinute: pagesPerMinute };
    outbox.put({
      key: `home ${person}`,
      urgency: "position",
      interval: pauseMilliseconds,
      channel: budget,
      workspace: { ...budget, name: `${platform}:all homes` },
      async run(signal) {
        const latest = followed.get(person);
        if (!latest) return;
        if (latest.until < monotonicClock()) followed.delete(person);
        else {
          await publish(latest.looker, null, signal);
          // What happens by itself does not mean that somebody looks.
          const after = followed.get(person);
          if (after) followed.set(person, { ...after, until: latest.until });
        }
      },
      giveUp: (error) => log("info", "a home could not be shown", { person, error }),
    });
  }

  async function onChange({ job: id, kind }: JobChange): Promise<void> {
    if (followed.size === 0) return;
    const known = [...followed].find(([, { jobs }]) => jobs.has(id))?.[0];
    if (known) put(known);
    if (kind === "progress") return;
    const job = known ? null : await store.jobs.find(id);
    if (job) put(personOf(job.owner));
    // Whoever waits has moved up.
    for (const [person, { jobs }] of followed) if (jobs.size > 0 && person !== known) put(person);
  }

  async function attempt(what: () => Promise<void>): Promise<void> {
    try {
      await what();
    } catch (error) {
      log("info", "a home could not be shown", { error });
    }
  }

  return {
    follow() {
      stopFollowing = scheduler.onChange((change) => {
        void onChange(change).catch((error) => log("error", "homes could not follow a job", { error }));
      });
    },
    show: (looker, notice = null) => attempt(() => publish(looker, notice, parts.signal)),
    showText: ({ place, member }, text) =>
      attempt(async () => {
        const home = { sections: [{ text, buttons: [] }] };
        await platforms.get(place.platform)?.showHome?.(member.id, home, { signal: parts.signal });
      }),
    changed: (member) => put(personOf(member)),
    [Symbol.dispose]() {
      stopFollowing();
      followed.clear();
    },
  };
}

/** The message that shows a job: the late result's where there is one, else its own. */
function shownBy(posted: readonly Post[]): MessageRef | null {
  const ofRole = (role: Post["role"]) => posted.find((each) => each.role === role)?.message ?? null;
  return ofRole("result") ?? ofRole("job");
}
