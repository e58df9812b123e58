import type { Words } from "../../locales/words.ts";
import type { LaneStatus } from "../../queue/lane-spec.ts";
import type { Standing } from "../../queue/scheduler.ts";
import type { JobRecord } from "../../store/jobs.ts";
import type { PostRole } from "../../store/posts.ts";
import type { ChatMessage, ChatPlatform } from "../chat.ts";
import type { Fitted } from "../picture-worker.ts";
import { firstMessage, previewMessage } from "./first.ts";
import { endedMessage, type MessageTools, runningMessage, waitingMessage } from "./job.ts";
import type { References } from "./references.ts";
import type { Renditions } from "./renditions.ts";
import {
  alternateMessage,
  comparisonMessage,
  elsewhereMessage,
  galleryMessage,
  resultMessage,
  sharedMessage,
  type Unshown,
  unshownMessage,
} from "./result.ts";

export interface JobMessageParts {
  readonly renditions: Renditions;
  readonly references: References;
  readonly standingOf: (job: string) => Promise<Standing | null>;
  readonly lanes: () => readonly LaneStatus[];
  readonly wordsIn: (locale: string) => Words;
  /** As `MessageTools.saysAi`. */
  readonly saysAi: boolean;
  readonly upscales: boolean;
}

/** What is said of a job now: pictures are made to fit the place. */
export interface JobMessages {
  /** As a message of that role, in the job's place. */
  of(job: JobRecord, role: PostRole, options: MessageOptions): Promise<ChatMessage>;
  /** In place of the job's first message, where its result came as another one. */
  elsewhere(job: JobRecord, platform: ChatPlatform): ChatMessage;
  /** What came of a job, with pictures of at most so many bytes: for one member, with buttons that answer that member. */
  asAnswer(
    job: JobRecord,
    platform: ChatPlatform,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<ChatMessage>;
  /** All results in one message, for one member. */
  readonly galleryAsAnswer: JobMessages["asAnswer"];
  /** What was edited and the result, for one member. */
  readonly comparisonAsAnswer: JobMessages["asAnswer"];
}

export interface MessageOptions {
  readonly platform: ChatPlatform;
  readonly signal: AbortSignal;
  /** Of all pictures together. */
  readonly maxBytes: number;
  /** Of a result. Default: its picture. */
  readonly form?: ResultForm | undefined;
}

/** How a result is told. */
export interface ResultForm {
  /** Why its picture cannot be shown: then it is told in words, with a button that brings it. */
  readonly unshown?: Unshown;
  /** The message is new, and calls the member who asked. Default false. */
  readonly isCalling?: boolean;
  /** Of a job that runs: with its first result, in place of how far it is. Default false. */
  readonly isFirst?: boolean;
  /** Of a job that runs: with its best draft, below how far it is. Default false. */
  readonly isPreview?: boolean;
  /** Of another result: it is wanted beside the message, which could be changed. Default false. */
  readonly isVariation?: boolean;
  /** Of a private result that its owner shows to everybody: the key of that message. */
  readonly sharedAs?: string;
}

/** In the language that the job was asked for in. */
export function createJobMessages(parts: JobMessageParts): JobMessages {
  const { renditions } = parts;

  const toolsFor = (job: JobRecord, { capabilities }: ChatPlatform): MessageTools => ({
    words: parts.wordsIn(job.locale),
    references: parts.references,
    capabilities,
    saysAi: parts.saysAi,
    upscales: parts.upscales,
  });

  const shown = (job: JobRecord, maxBytes: number, signal: AbortSignal): Promise<Fitted> =>
    renditions.shown(job, job.view, maxBytes, signal);

  async function stateOf(job: JobRecord, options: MessageOptions): Promise<ChatMessage> {
    const { unshown, isCalling = false, isFirst = false, isPreview = false } = options.form ?? {};
    const tools: MessageTools = { ...toolsFor(job, options.platform), isCalling };
    if (job.state === "waiting") {
      const isPaused = parts.lanes().every((lane) => lane.isPaused);
      return waitingMessage(job, await parts.standingOf(job.id), isPaused, tools);
    }
    if (job.state === "running") {
      if (isPreview)
        return previewMessage(job, await renditions.draft(job, options.maxBytes, options.signal), tools);
      if (!isFirst) return runningMessage(job, tools);
      return firstMessage(job, await renditions.first(job, options.maxBytes, options.signal), tools);
    }
    if ((job.outcome ?? job.state) !== "done") return endedMessage(job, tools);
    if (!job.hasPictures) {
      return { text: tools.words.say("job.gone", { prompt: job.request.prompt }), pictures: [], buttons: [] };
    }
    if (unshown) return unshownMessage(job, unshown, tools);
    return resultMessage(job, await shown(job, options.maxBytes, options.signal), tools);
  }

  async function gallery(
    job: JobRecord,
    tools: MessageTools,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<ChatMessage> {
    const count = Math.min(job.result?.results.length ?? 0, tools.capabilities.maxPictures);
    const limit = Math.floor(maxBytes / Math.max(1, count));
    const pictures = await Promise.all(
      Array.from({ length: count }, (_, index) =>
        renditions.preview(job, index + 1, { maxBytes: limit, isNumbered: true, signal }),
      ),
    );
    return galleryMessage(job, pictures, tools);
  }

  return {
    async of(job, role, options) {
      const { platform, maxBytes, signal } = options;
      const tools = toolsFor(job, platform);
      if (role === "gallery") return gallery(job, tools, maxBytes, signal);
      if (role !== "alternate") return stateOf(job, options);
      const picture = await shown(job, maxBytes, signal);
      if (options.form?.sharedAs) return sharedMessage(job, picture, tools);
      return alternateMessage(job, picture, tools, options.form?.isVariation);
    },
    elsewhere: (job, platform) => elsewhereMessage(job, toolsFor(job, platform)),
    async asAnswer(job, platform, maxBytes, signal) {
      const tools: MessageTools = { ...toolsFor(job, platform), isAnswer: true };
      if ((job.outcome ?? job.state) !== "done") return endedMessage(job, tools);
      return resultMessage(job, await shown(job, maxBytes, signal), tools);
    },
    galleryAsAnswer: (job, platform, maxBytes, signal) =>
      gallery(job, { ...toolsFor(job, platform), isAnswer: true }, maxBytes, signal),
    async comparisonAsAnswer(job, platform, maxBytes, signal) {
      const limit = Math.floor(maxBytes / 2);
      return comparisonMessage(
        job,
        {
          before: await renditions.source(job, limit, signal),
          after: await renditions.preview(job, job.view.rank, { maxBytes: limit, isNumbered: false, signal }),
        },
        { ...toolsFor(job, platform), isAnswer: true },
      );
    },
  };
}
