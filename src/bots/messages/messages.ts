import type { Words } from "../../locales/words.ts";
import type { LaneStatus } from "../../queue/lane-spec.ts";
import type { Standing } from "../../queue/scheduler.ts";
import type { JobRecord } from "../../store/jobs.ts";
import type { PostRole } from "../../store/posts.ts";
import type { ChatMessage, ChatPlatform } from "../chat.ts";
import type { Fitted } from "../picture-worker.ts";
import { endedMessage, type MessageTools, runningMessage, waitingMessage } from "./job.ts";
import type { References } from "./references.ts";
import type { Renditions } from "./renditions.ts";
import { alternateMessage, galleryMessage, resultMessage } from "./result.ts";

export interface JobMessageParts {
  readonly renditions: Renditions;
  readonly references: References;
  readonly standingOf: (job: string) => Promise<Standing | null>;
  readonly lanes: () => readonly LaneStatus[];
  readonly wordsIn: (locale: string) => Words;
}

/** What is said of a job now: pictures are made to fit the place. */
export interface JobMessages {
  /** As a message of that role, in the job's place. */
  of(job: JobRecord, role: PostRole, platform: ChatPlatform, signal: AbortSignal): Promise<ChatMessage>;
  /** What came of a job, with pictures of at most so many bytes: for whoever asks for it. */
  asAnswer(
    job: JobRecord,
    platform: ChatPlatform,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<ChatMessage>;
}

/** In the language that the job was asked for in. */
export function createJobMessages(parts: JobMessageParts): JobMessages {
  const { renditions } = parts;

  const toolsFor = (job: JobRecord, { capabilities }: ChatPlatform): MessageTools => ({
    words: parts.wordsIn(job.locale),
    references: parts.references,
    capabilities,
  });

  async function shown(job: JobRecord, platform: ChatPlatform, signal: AbortSignal): Promise<Fitted> {
    return renditions.shown(job, job.view, await uploadLimit(job, platform, signal), signal);
  }

  async function stateOf(job: JobRecord, platform: ChatPlatform, signal: AbortSignal): Promise<ChatMessage> {
    const tools = toolsFor(job, platform);
    if (job.state === "waiting") {
      const isPaused = parts.lanes().every((lane) => lane.isPaused);
      return waitingMessage(job, await parts.standingOf(job.id), isPaused, tools);
    }
    if (job.state === "running") return runningMessage(job, tools);
    if ((job.outcome ?? job.state) !== "done") return endedMessage(job, tools);
    if (!job.hasPictures) {
      return { text: tools.words.say("job.gone", { prompt: job.request.prompt }), pictures: [], buttons: [] };
    }
    return resultMessage(job, await shown(job, platform, signal), tools);
  }

  async function gallery(job: JobRecord, platform: ChatPlatform, signal: AbortSignal): Promise<ChatMessage> {
    const count = Math.min(job.result?.results.length ?? 0, platform.capabilities.maxPictures);
    const limit = Math.floor((await uploadLimit(job, platform, signal)) / Math.max(1, count));
    const pictures = await Promise.all(
      Array.from({ length: count }, (_, index) => renditions.preview(job, index + 1, limit, signal)),
    );
    return galleryMessage(job, pictures, toolsFor(job, platform));
  }

  return {
    async of(job, role, platform, signal) {
      if (role === "gallery") return gallery(job, platform, signal);
      if (role !== "alternate") return stateOf(job, platform, signal);
      return alternateMessage(job, await shown(job, platform, signal), toolsFor(job, platform));
    },
    async asAnswer(job, platform, maxBytes, signal) {
      if ((job.outcome ?? job.state) !== "done") return endedMessage(job, toolsFor(job, platform));
      const picture = await renditions.shown(job, job.view, maxBytes, signal);
      return resultMessage(job, picture, toolsFor(job, platform));
    },
  };
}

/** Bytes that pictures may have in the job's place, with room for the request around them. */
async function uploadLimit(job: JobRecord, platform: ChatPlatform, signal: AbortSignal): Promise<number> {
  const { maxUploadBytes } = job.place
    ? await platform.abilitiesIn(job.place, { signal })
    : platform.capabilities;
  return Math.floor(maxUploadBytes * 0.98);
}
