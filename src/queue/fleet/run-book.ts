import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Store } from "../../store/store.ts";

/** A run of a job on another host. */
export interface BookedRun {
  readonly run: string;
  readonly lane: string;
}

/** Which runs of this bot are on other hosts, kept in its own store: what Redis forgets is known here. */
export interface RunBook {
  /** This bot's own name in the fleet. */
  readonly bot: string;
  /** By job, as it was when the book was opened. */
  readonly before: ReadonlyMap<string, BookedRun>;
  /** A new run of a job, kept before anything is told of it. */
  begin(job: string, lane: string): Promise<BookedRun>;
  /** Nothing is left of it anywhere. */
  close(job: string): Promise<void>;
}

/** Kept under `fleet-runs`, each by its job, and the bot's name under the owner `""` as `fleet`. */
const bookedRun = z.object({ run: z.string(), lane: z.string() });
const fleetSettings = z.object({ bot: z.string() });
const scope = "fleet-runs";

export async function openRunBook(settings: Store["settings"]): Promise<RunBook> {
  const known = fleetSettings.safeParse(await settings.get("", "fleet"));
  const bot = known.success ? known.data.bot : token(8);
  if (!known.success) await settings.set("", "fleet", { bot });
  const before = new Map<string, BookedRun>();
  for (const [job, value] of await settings.all(scope)) {
    const run = bookedRun.safeParse(value);
    if (run.success) before.set(job, run.data);
  }
  return {
    bot,
    before,
    async begin(job, lane) {
      const booked = { run: `${bot}-${job}-${token(8)}`, lane };
      await settings.set(scope, job, booked);
      return booked;
    },
    close: (job) => settings.set(scope, job, undefined),
  };
}

/** 5 random bits a character. */
function token(length: number): string {
  return [...randomBytes(length)].map((byte) => "abcdefghijkmnpqrstuvwxyz23456789"[byte % 32]).join("");
}
