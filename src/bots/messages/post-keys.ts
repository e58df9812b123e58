import { randomUUID } from "node:crypto";
import type { JobRecord, JobView } from "../../store/jobs.ts";
import type { Post, PostRole } from "../../store/posts.ts";

/** At most 25 characters, and the same for the same message for ever. */
export function keyOf({ id, view }: Pick<JobRecord, "id" | "view">, role: PostRole): string {
  const names: Record<PostRole, string> = {
    job: "-j",
    result: "-r",
    gallery: "-g",
    alternate: `-a${nameOf(view)}`,
  };
  return `${id}${names[role]}`;
}

/**
 * Of a private result that its owner shows to everybody: what was taken back can be shown again, under another key, because a
 * platform may refuse the same one for a while.
 */
export function sharedKeyOf(
  job: Pick<JobRecord, "id" | "view">,
  posted: readonly Pick<Post, "key">[],
): string {
  const start = `${job.id}-s${nameOf(job.view)}.`;
  return posted.find(({ key }) => key.startsWith(start))?.key ?? `${start}${randomUUID().slice(0, 4)}`;
}

function nameOf({ rank, showsBox }: JobView): string {
  return `${rank}${showsBox ? "b" : ""}`;
}

/** What a message shows for good; `null` of one that follows its job. */
export function fixedViewOf(key: string): (JobView & { readonly isShared: boolean }) | null {
  const [, kind, rank, box] = /-([as])(\d+)(b?)(?:\.[a-z0-9]+)?$/.exec(key) ?? [];
  if (rank === undefined) return null;
  return { rank: Number(rank), showsBox: box === "b", isShared: kind === "s" };
}
