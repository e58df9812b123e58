import type { JobStore } from "../../../store/jobs.ts";
import { platformName } from "../places.ts";
import type { JobPage } from "../protocol.ts";

/** How many jobs a search looks through before it gives what it has. */
const mostLooked = 5000;
const chunk = 100;

/** One's own jobs, newest first, those with all the words of a search in their prompt. */
export async function historyOf(
  jobs: Pick<JobStore, "list">,
  member: string,
  {
    search,
    before,
    limit,
  }: { readonly search: string; readonly before: number | null; readonly limit: number },
): Promise<JobPage> {
  const words = fold(search).split(/\s+/u).filter(Boolean);
  const found: JobPage["jobs"][number][] = [];
  let earlier = before;
  for (let looked = 0; looked < mostLooked; looked += chunk) {
    const page = await jobs.list({
      ...{ platform: platformName, user: member, limit: chunk },
      ...(earlier === null ? {} : { createdBefore: earlier }),
    });
    for (const job of page) {
      earlier = job.createdAt;
      const text = fold(job.request.prompt);
      if (!words.every((word) => text.includes(word))) continue;
      const url = job.result && job.hasPictures ? `/api/jobs/${job.id}/pictures/small-1` : null;
      found.push({ id: job.id, prompt: job.request.prompt, state: job.state, createdAt: job.createdAt, url });
      if (found.length === limit) return { jobs: found, earlier: String(earlier) };
    }
    if (page.length < chunk) return { jobs: found, earlier: null };
  }
  return { jobs: found, earlier: earlier === null ? null : String(earlier) };
}

function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}
