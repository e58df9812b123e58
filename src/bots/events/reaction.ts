import type { JobRecord, JobView } from "../../store/jobs.ts";
import type { Reaction } from "../../store/posts.ts";
import type { BotServices, ReactionEvent } from "../context.ts";
import { comeBeside } from "../intake/settings.ts";
import { boxEmoji, rankEmojis } from "../messages/result-buttons.ts";
import { requireJob } from "../rights.ts";

/**
 * A reaction on a job's message: numbers bring that result, 🔲 toggles the box. Of several people's numbers the latest one
 * that stands counts; when the last is taken away the best result is back.
 */
export async function answerReaction(event: ReactionEvent, services: BotServices): Promise<void> {
  const emoji = plain(event.emoji);
  if (emoji !== box && rankOf(emoji) === 0) return;
  const post = await services.store.posts.ofMessage(event.message);
  if (!post || post.role === "alternate" || post.role === "gallery") return;
  const reaction = { key: post.key, user: event.member.id, emoji, at: event.receivedAt };
  await services.inTurn(post.job, async () => {
    const job = await requireJob(post.job, { event, services }).catch(() => null);
    // From the moment that it can be seen, which is a little before it counts as delivered.
    if (!job?.result || !job.hasPictures) return;
    const standing = await services.store.posts.recordReaction(reaction, event.isAdded);
    const view = viewAfter(emoji, standing, job);
    if (view.rank === job.view.rank && view.showsBox === job.view.showsBox) return;
    if (await comeBeside(event.place, services)) {
      if (event.isAdded) await services.delivery.postVariation({ ...job, view }, null);
      return;
    }
    await services.store.jobs.setView(job.id, view);
    services.delivery.refresh(job.id);
  });
}

function viewAfter(emoji: string, standing: readonly Reaction[], job: JobRecord): JobView {
  return emoji === box
    ? { ...job.view, showsBox: job.showsBox !== standing.some((each) => each.emoji === box) }
    : { ...job.view, rank: latestRank(standing, job.result?.results.length ?? 1) };
}

/** The rank of the latest number that stands and that there is a result for; 1 where none does. */
function latestRank(standing: readonly Reaction[], count: number): number {
  const ranks = standing.map(({ emoji }) => rankOf(emoji)).filter((rank) => rank >= 1 && rank <= count);
  return ranks.at(-1) ?? 1;
}

/** 1 to 8, or 0. */
function rankOf(emoji: string): number {
  return rankEmojis.findIndex((each) => plain(each) === emoji) + 1;
}

/** Without the variation selector, which platforms send or leave out. */
function plain(emoji: string): string {
  return emoji.replaceAll("\ufe0f", "");
}

const box = plain(boxEmoji);
