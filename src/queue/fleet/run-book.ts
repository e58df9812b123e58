import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Store } from "../../store/store.ts";

/** A run of a job on another host. */
export interface BookedRun {
  readonly run: string;
  readonly job: string;
  readonly lane: string;
}

/** Which runs of this bot are on other hosts, kept in its own store: what Redis forgets is known here. */
export interface RunBook {
  /** This bot's own name in the fleet. */
  readonly bot: string;
  /** As they were when the book was opened. */
  readonly before: readonly BookedRun[];
  /** A new run of a job, kept before anything is told of it. */
  begin(job: string, lane: string): Promise<string>;
  /** Nothing is left of a run anywhere. */
  close(run: string): Promise<void>;
}

/** Kept under `fleet-runs`, each by its name, and the bot's name under the owner `""` as `fleet`. */
const bookedRun = z.object({ job: z.string(), lane: z.string() });
const fleetSettings = z.object({ bot: z.string() });
const scope = "fleet-runs";

export async function openRunBook(settings: Store["settings"]): Promise<RunBook> {
  const known = fleetSettings.safeParse(await settings.get("", "fleet"));
  const bot = known.success ? known.data.bot : token(8);
  if (!known.success) await settings.set("", "fleet", { bot });
  const before: BookedRun[] = [];
  for (const [run, value] of await settings.all(scope)) {
    const booked = bookedRun.safeParse(value);
    if (booked.success) before.push({ run, ...booked.data });
  }
  return {
    bot,
    before,
    async begin(job, lane) {
      const run = `${bot}-${job}-${token(8)}`;
      await settings.set(scope, run, { job, lane } satisfies z.infer<typeof bookedRun>);
      return run;
    },
    close: (run) => settings.set(scope, run, undefined),
  };
}

/** 5 random bits a character. */
function token(length: number): string {
  return [...randomBytes(length)].map((byte) => "abcdefghijkmnpqrstuvwxyz23456789"[byte % 32]).join("");
}
