import { EditError } from "../../../errors.ts";
import type { Words } from "../../../locales/words.ts";
import type { Scheduler } from "../../../queue/scheduler.ts";
import type { JobRecord } from "../../../store/jobs.ts";
import type { EditResult, RankedResult } from "../../../types.ts";
import { typedBox } from "../../intake/typed-text.ts";
import { argumentOf } from "../../messages/answer-view.ts";
import { failureOfCode, failureText } from "../../messages/failure.ts";
import type { Action, References } from "../../messages/references.ts";
import { isUnsafe } from "../../messages/safety.ts";
import { warningLines } from "../../messages/warnings.ts";
import { capabilities } from "../capabilities.ts";
import type { PageJob, PageRanked, PageResult } from "../protocol.ts";
import type { JobPictures } from "./job-pictures.ts";
import type { LiveJobs } from "./live-jobs.ts";

export interface PageJobParts {
  readonly scheduler: Pick<Scheduler, "standings">;
  readonly references: References;
  readonly live: Pick<LiveJobs, "of">;
  readonly pictures: Pick<JobPictures, "sizeOf">;
}

/** A job as one person sees it. */
export async function pageJobOf(
  job: JobRecord,
  viewer: { readonly member: string; readonly words: Words },
  { scheduler, references, live, pictures }: PageJobParts,
): Promise<PageJob> {
  const { words } = viewer;
  const { id, state, createdAt, startedAt, finishedAt, failure, request } = job;
  const isMine = job.owner.user === viewer.member;
  const isUnderWay = state === "waiting" || state === "running";
  const write = (action: Action) => references.write(action, id);
  return {
    ...{ id, state, createdAt, startedAt, finishedAt, isMine, prompt: request.prompt, box: request.box },
    room: (job.place ?? job.askedIn).channel,
    standing: state === "waiting" ? ((await scheduler.standings()).get(id) ?? null) : null,
    failure: failure && {
      code: failure.code,
      text: failureText(
        failureOfCode(failure.code, failure.reference, failure.setting ?? null),
        words,
        capabilities,
      ),
    },
    source: await sourceOf(job, pictures),
    live: live.of(id),
    result: job.result && pageResultOf(job, job.result, words, references),
    actions: {
      cancel: isMine && isUnderWay ? write("cancel") : null,
      delete: isMine ? write("delete") : null,
      reroll: job.hasPictures && !isUnderWay ? write("reroll") : null,
    },
    command: commandOf(job),
  };
}

/** The picture that is edited; `null` once it is not kept any more. */
async function sourceOf(job: JobRecord, pictures: Pick<JobPictures, "sizeOf">): Promise<PageJob["source"]> {
  if (!job.hasPictures) return null;
  try {
    return { url: `/api/jobs/${job.id}/pictures/source`, ...(await pictures.sizeOf(job)) };
  } catch (error) {
    // It is being removed, or its file is gone.
    if (error instanceof EditError) return null;
    throw error;
  }
}

function pageResultOf(job: JobRecord, result: EditResult, words: Words, references: References): PageResult {
  const { image, source, seed, pack, anchors, results } = result;
  const best = results[0]?.losses.total ?? 0;
  const ofRank = (ranked: RankedResult): PageRanked => {
    const url = (name: string) => `/api/jobs/${job.id}/pictures/${name}-${ranked.rank}`;
    const { rank, anchor, box, scores, losses, weak } = ranked;
    return {
      ...{ rank, anchor, box, scores, losses, weak },
      url: url("result"),
      download: url("original"),
      overlay: url("overlay"),
      isUnsafe: isUnsafe(job, rank),
      words: words.plain(scoreKey(ranked, best)),
      actions: actionsOf(job, ranked, references),
    };
  };
  return {
    ...{ width: image.width, height: image.height, seed, pack, anchors },
    source: { text: words.noun(source.text), confidence: source.confidence },
    seconds: job.startedAt && job.finishedAt ? (job.finishedAt - job.startedAt) / 1000 : 0,
    results: job.hasPictures ? results.map(ofRank) : [],
    warnings: warningLines(result, words),
    details: `/api/jobs/${job.id}/edit.json`,
  };
}

/** So much more loss is hardly seen. */
const closeLoss = 0.05;

function scoreKey({ rank, weak, losses }: RankedResult, best: number) {
  if (weak) return "page.score.weak" as const;
  if (rank === 1) return "page.score.best" as const;
  return losses.total - best <= closeLoss ? ("page.score.close" as const) : ("page.score.other" as const);
}

/** As the buttons under an answer that shows this result: whatever the job's own message shows now. */
function actionsOf(
  job: JobRecord,
  { rank, anchor }: RankedResult,
  references: References,
): PageRanked["actions"] {
  const write = (action: Action) =>
    references.write(action, job.id, argumentOf({ rank, showsBox: false }, false));
  const { area } = job;
  return {
    larger: area
      ? area.size < area.sizes
        ? write("larger")
        : null
      : anchor === null
        ? null
        : write("larger"),
    smaller: area ? (area.size > 1 ? write("smaller") : null) : anchor === null ? null : write("smaller"),
    reroll: write("reroll"),
    again: write("again"),
  };
}

/** As it is typed here and in a chat: with the seed that was drawn, so that it paints the same. */
function commandOf({ request, result }: JobRecord): string {
  const { prompt, source, box, settings } = request;
  const quoted = (text: string) => `"${text.replaceAll('"', "'")}"`;
  return [
    `/edit ${quoted(prompt)}`,
    ...(source ? [`source:${quoted(source)}`] : []),
    `seed:${result?.seed ?? settings.seed}`,
    ...(box ? [`box:${typedBox(box)}`] : []),
  ].join(" ");
}
