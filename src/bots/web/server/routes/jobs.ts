import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Hono } from "hono";
import { EditError } from "../../../../errors.ts";
import type { JobRecord, JobStore } from "../../../../store/jobs.ts";
import { historyOf } from "../../jobs/history.ts";
import type { JobPictures, ServedPicture } from "../../jobs/job-pictures.ts";
import { type PageJobParts, pageJobOf } from "../../jobs/page-job.ts";
import { platformName } from "../../places.ts";
import { numberIn, type PageContext, type PageEnv, requireMember } from "../context.ts";
import { sendPicture } from "../send-picture.ts";

export interface JobRouteParts extends PageJobParts {
  readonly jobs: Pick<JobStore, "find" | "list">;
  readonly pictures: JobPictures;
  readonly isShared: boolean;
}

/** Jobs of one's own, and of everybody where a room is shared: where they stand, what came of them, their pictures. */
export function addJobRoutes(app: Hono<PageEnv>, parts: JobRouteParts): void {
  const { jobs, pictures } = parts;

  /** @throws EditError `reference-expired` of a job that this person may not see, too */
  async function jobOf(context: PageContext): Promise<JobRecord> {
    const { id: member } = requireMember(context);
    const id = context.req.param("id") ?? "";
    const job = /^[a-z0-9]{16}$/.test(id) ? await jobs.find(id) : null;
    if (job && maySee(job, member, parts.isShared)) return job;
    throw new EditError("reference-expired", `Expected job ${id} of this person, got none.`);
  }

  async function send(context: PageContext, { path, download }: ServedPicture) {
    const isHead = context.req.method === "HEAD";
    await sendPicture(context.env.outgoing, { path, download, isHead, isForEver: false });
    return RESPONSE_ALREADY_SENT;
  }

  app.get("/api/jobs", async (context) => {
    const { id } = requireMember(context);
    const before = context.req.query("before") ?? "";
    return context.json(
      await historyOf(jobs, id, {
        search: (context.req.query("search") ?? "").slice(0, 200),
        before: /^\d{1,15}$/.test(before) ? Number(before) : null,
        limit: numberIn(context, "limit", { standard: 30, most: 100 }),
      }),
    );
  });
  app.get("/api/jobs/:id", async (context) => {
    const { id: member } = requireMember(context);
    const { words } = context.get("visitor");
    return context.json(await pageJobOf(await jobOf(context), { member, words }, parts));
  });
  app.get("/api/jobs/:id/edit.json", async (context) => {
    const { id, result } = await jobOf(context);
    if (!result) throw new EditError("reference-expired", `Expected a result of job ${id}, got none.`);
    context.header("content-disposition", `attachment; filename="${id}-edit.json"`);
    return context.json(result);
  });
  app.get("/api/jobs/:id/pictures/:name", async (context) =>
    send(context, await pictures.named(await jobOf(context), context.req.param("name"))),
  );
  app.get("/api/jobs/:id/live/:file", async (context) =>
    send(context, await pictures.live(await jobOf(context), context.req.param("file"))),
  );
}

function maySee(job: JobRecord, member: string, isShared: boolean): boolean {
  if (job.owner.platform !== platformName) return false;
  return job.owner.user === member || (isShared && !job.isPrivate && !job.askedIn.isDirect);
}
