import type { Scheduler } from "../../../queue/scheduler.ts";
import type { JobStore } from "../../../store/jobs.ts";
import type { Progress } from "../../../types.ts";
import type { AdapterLog } from "../../chat.ts";
import { platformName } from "../places.ts";
import type { LiveState } from "../protocol.ts";
import type { Streams } from "../server/streams.ts";
import { applied, changeOf, emptyLiveState } from "./live-state.ts";

/** What is learned of the jobs of the page while they run, for pages that are open and for those that open late. */
export interface LiveJobs extends Disposable {
  /** `null` of a job that did not run since the start, or whose end is long ago. */
  of(job: string): LiveState | null;
}

export interface LiveJobParts {
  readonly scheduler: Pick<Scheduler, "onChange" | "onProgress">;
  readonly jobs: Pick<JobStore, "find">;
  readonly streams: Pick<Streams, "tellRoom" | "tellLive" | "tellOperators">;
  readonly log: AdapterLog;
}

/** Of the latest jobs; one takes some hundred kilobytes. */
const kept = 32;

/** Follows the scheduler until it is disposed of. Rooms of jobs are looked up once. */
export function followJobs({ scheduler, jobs, streams, log }: LiveJobParts): LiveJobs {
  const states = new Map<string, LiveState>();
  const rooms = new Map<string, Promise<string | null>>();

  /** `null` of another platform's job. */
  async function find(job: string): Promise<string | null> {
    const found = await jobs.find(job);
    return found?.owner.platform === platformName ? (found.place ?? found.askedIn).channel : null;
  }

  function roomOf(job: string): Promise<string | null> {
    const before = rooms.get(job);
    if (before) return before;
    const room = find(job).catch((error) => {
      log("warn", "the room of a job could not be looked up", { job, error });
      return null;
    });
    rooms.set(job, room);
    forgetOldest(rooms);
    return room;
  }

  async function note(job: string, progress: Progress): Promise<void> {
    const room = await roomOf(job);
    if (room === null) return;
    const before = states.get(job) ?? emptyLiveState;
    const change = changeOf(before, progress, (file) => `/api/jobs/${job}/live/${file}`);
    states.set(job, applied(before, change));
    forgetOldest(states);
    streams.tellLive(room, job, change);
  }

  /** One after another, so that a room that is looked up holds up what comes after. */
  let noting = Promise.resolve();
  const stopProgress = scheduler.onProgress((job, progress) => {
    noting = noting.then(() => note(job, progress));
  });
  const stopChanges = scheduler.onChange(({ job, kind }) => {
    streams.tellOperators();
    if (kind === "progress") return;
    // A job that runs anew begins anew.
    if (kind !== "posting") states.delete(job);
    void (async () => {
      const found = await jobs.find(job).catch(() => null);
      const room = await roomOf(job);
      if (found && room !== null) streams.tellRoom(room, "job", { id: job, state: found.state });
    })();
  });

  return {
    of: (job) => states.get(job) ?? null,
    [Symbol.dispose]() {
      stopProgress();
      stopChanges();
    },
  };
}

function forgetOldest(map: Map<string, unknown>): void {
  const [oldest] = map.keys();
  if (map.size > kept && oldest !== undefined) map.delete(oldest);
}
