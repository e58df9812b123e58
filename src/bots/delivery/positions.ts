import { setImmediate as breathe } from "node:timers/promises";
import type { Scheduler, Standing } from "../../queue/scheduler.ts";

/** Where waiting jobs stand, as their messages tell it. */
export interface Positions {
  /** Asked of the scheduler at most once a second, unless the job came in since. */
  of(job: string): Promise<Standing | null>;
  /** Tells of jobs whose position changed since it was told, those that know it longest first; some at each call. */
  tellChanged(tell: (job: string) => Promise<void>): Promise<void>;
}

const freshMilliseconds = 1000;
/** Edits are held to a few a minute in any place, so more at once would only wait in the outbox. */
const toldAtOnce = 200;

export function createPositions(scheduler: Pick<Scheduler, "standings">): Positions {
  /** In the order of telling. */
  const told = new Map<string, number>();
  let latest: { readonly at: number; readonly standings: Promise<ReadonlyMap<string, Standing>> } | null =
    null;

  function ask(): Promise<ReadonlyMap<string, Standing>> {
    latest = { at: Date.now(), standings: scheduler.standings() };
    return latest.standings;
  }

  return {
    async of(job) {
      const isFresh = latest !== null && Date.now() - latest.at < freshMilliseconds;
      const known = isFresh ? await latest?.standings : undefined;
      return (known?.has(job) ? known : await ask()).get(job) ?? null;
    },
    async tellChanged(tell) {
      const standings = await ask();
      for (const job of [...told.keys()]) if (!standings.has(job)) told.delete(job);
      const untold = [...standings.keys()].filter((job) => !told.has(job));
      const changed = [...told.keys()].filter((job) => standings.get(job)?.position !== told.get(job));
      for (const [index, job] of [...untold, ...changed].slice(0, toldAtOnce).entries()) {
        told.delete(job);
        told.set(job, standings.get(job)?.position ?? 0);
        await tell(job);
        // The store answers at once, so without a pause nothing else would get its turn.
        if (index % 20 === 19) await breathe();
      }
    },
  };
}
