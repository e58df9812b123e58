import type { Scheduler } from "../../../queue/scheduler.ts";
import type { Store } from "../../../store/store.ts";
import type { AdapterLog } from "../../chat.ts";
import { createSettings, type Limits, limitsOf, scopeOf } from "../../intake/settings.ts";
import { ownRoomOf, placeOf, platformName } from "../places.ts";
import type {
  OperatorAudit,
  OperatorHealth,
  OperatorSeries,
  OperatorSettings,
  OperatorView,
} from "../protocol.ts";
import { seriesOf, seriesStart } from "./series.ts";

/** What only the program around the page knows. */
export interface OperatorSources {
  /** By lane: its device, and what its process takes, bytes; `null` where none runs. */
  readonly lanes: () => Readonly<
    Record<string, { readonly device: string; readonly memoryBytes: number | null }>
  >;
  readonly platforms: () => OperatorView["platforms"];
  /** Messages that are due or under way. */
  readonly unsent: () => number;
  /** What `lrbot doctor` finds. */
  readonly health: () => Promise<OperatorHealth["findings"]>;
  /** Of this process: bytes, and seconds since its start. */
  readonly process: () => { readonly memoryBytes: number; readonly uptimeSeconds: number };
}

export interface OperatorParts extends OperatorSources {
  readonly store: Pick<Store, "jobs" | "settings" | "audit">;
  readonly scheduler: Scheduler;
  readonly standardLimits: Limits;
  /** One person uses the page, and runs it: what waits of the page is their own. */
  readonly isAlone: boolean;
  readonly clock: () => number;
  readonly log: AdapterLog;
}

/** What the operator's view shows. */
export interface OperatorTold {
  view(): Promise<OperatorView>;
  series(hours: number): Promise<OperatorSeries>;
  audit(limit: number): Promise<OperatorAudit>;
  health(): Promise<OperatorHealth>;
  settings(): Promise<OperatorSettings>;
}

const listed = 200;
/** What was found holds so long: looking loads every native part in a process of its own. */
const healthMilliseconds = 60_000;

export function createOperator(parts: OperatorParts): OperatorTold {
  const { store, scheduler, clock } = parts;
  const settings = createSettings(store.settings, parts.log);
  let looked: { readonly at: number; readonly health: Promise<OperatorHealth> } | null = null;

  return {
    async view() {
      const standings = await scheduler.standings();
      const details = parts.lanes();
      const next = [...standings].slice(0, listed);
      const jobs = await Promise.all(next.map(([id]) => store.jobs.find(id)));
      return {
        at: clock(),
        isDraining: scheduler.isDraining,
        lanes: scheduler.lanes.map(({ name, loadedPack, isPaused, refusal, running }) => ({
          ...{ name, isPaused, refusal, running, pack: loadedPack },
          ...(details[name] ?? { device: name, memoryBytes: null }),
        })),
        waiting: next.flatMap(([id, standing], index) => {
          const job = jobs[index];
          if (!job) return [];
          const { platform } = job.owner;
          const isOwn = parts.isAlone && platform === platformName;
          const isPrivate = !isOwn && (job.isPrivate || job.askedIn.isDirect);
          const prompt = isPrivate ? null : job.request.prompt;
          return [{ id, platform, prompt, createdAt: job.createdAt, ...standing }];
        }),
        waitingCount: standings.size,
        platforms: parts.platforms(),
        unsent: parts.unsent(),
        ...parts.process(),
      };
    },
    async series(hours) {
      const now = clock();
      return seriesOf(await store.jobs.times(seriesStart(hours, now)), hours, now);
    },
    audit: async (limit) => ({ entries: await store.audit.latest(limit) }),
    health() {
      const now = clock();
      if (looked && now - looked.at >= 0 && now - looked.at < healthMilliseconds) return looked.health;
      const health = parts.health().then((findings) => ({ findings }));
      looked = { at: now, health };
      health.catch(() => {
        looked = null;
      });
      return health;
    },
    async settings() {
      const scope = scopeOf(placeOf(ownRoomOf("operator")));
      const unreadable = await settings.unreadable(scope);
      const get = async <N extends "limits" | "words" | "blocked" | "safety" | "mentions">(name: N) =>
        unreadable.includes(name) ? null : settings.get(scope, name);
      const limits = await get("limits");
      const nobody = { id: "", groups: [] };
      return {
        limits: limits ? limitsOf(nobody, limits, parts.standardLimits) : parts.standardLimits,
        words: (await get("words")) ?? [],
        blocked: (await get("blocked")) ?? [],
        safety: (await get("safety")) ?? "mark",
        mentions: (await get("mentions")) ?? true,
        unreadable,
      };
    },
  };
}
