import type { JobRecord } from "../../store/jobs.ts";
import type { ChatPlatform } from "../chat.ts";

/** Bytes that places take: what their platform says, or less where more was refused lately. */
export interface UploadLimits {
  /** With room for the request around the pictures. @throws ChatError where the place cannot be asked about */
  of(job: JobRecord, platform: ChatPlatform, signal: AbortSignal): Promise<number>;
  /** The job's place refused more than that. */
  lower(job: JobRecord, maxBytes: number): void;
}

/** A server may be boosted again, and one refusal may have been a whim. */
const believedMilliseconds = 60 * 60_000;
const keptPlaces = 1000;

/** @param clock Monotonic, in milliseconds. */
export function createUploadLimits(clock: () => number): UploadLimits {
  const lowered = new Map<string, { readonly maxBytes: number; readonly until: number }>();
  return {
    async of(job, platform, signal) {
      const { maxUploadBytes } = job.place
        ? await platform.abilitiesIn(job.place, { signal })
        : platform.capabilities;
      const { maxBytes, until } = lowered.get(nameOf(job)) ?? {
        maxBytes: 0,
        until: Number.NEGATIVE_INFINITY,
      };
      return Math.floor(Math.min(maxUploadBytes * 0.98, clock() < until ? maxBytes : maxUploadBytes));
    },
    lower(job, maxBytes) {
      lowered.delete(nameOf(job));
      lowered.set(nameOf(job), { maxBytes, until: clock() + believedMilliseconds });
      const [oldest] = lowered.keys();
      if (lowered.size > keptPlaces && oldest !== undefined) lowered.delete(oldest);
    },
  };
}

function nameOf({ owner, place }: JobRecord): string {
  return `${owner.platform} ${place?.channel ?? owner.user}`;
}
