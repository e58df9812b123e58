import { useEffect, useRef } from "preact/hooks";
import type { PageJob } from "../../protocol.ts";
import { Boundary } from "../boundary.tsx";
import { RichTextView } from "../chat/rich-text.tsx";
import { useApp } from "../state/app.ts";
import { isOver } from "../state/jobs.ts";
import { LiveStage } from "./live-stage.tsx";
import { phaseKey } from "./phase.ts";
import { ResultView } from "./result-view.tsx";

/** A job from its place in line to its result. Of a result, `isOpen` shows all that can be done; else it is one picture. */
export function JobCard({
  id,
  isOpen,
  onOpen,
}: {
  readonly id: string;
  readonly isOpen: boolean;
  readonly onOpen?: () => void;
}) {
  const app = useApp();
  const { words } = app;
  const { job, problem, isGone } = app.jobs.of(id).value;
  useAnnouncements(job);
  if (!job) {
    return (
      <article class="job" data-job={id}>
        {isGone ? (
          <p class="empty">{problem || words.value.plain("error.reference-expired", { edit: "/edit" })}</p>
        ) : (
          <div class="stage skeleton" aria-busy="true" />
        )}
      </article>
    );
  }
  return (
    <article class="job" data-job={id} aria-label={job.prompt}>
      <header>
        <h2>{job.prompt}</h2>
        <p class="faint">
          <Standing job={job} />
        </p>
        {job.actions.cancel && !isOver(job) && job.state !== "posting" && (
          <button
            type="button"
            class="cancel"
            onClick={() => void app.press(job.actions.cancel ?? "", null, job.room)}
          >
            {words.value.plain("button.cancel")}
          </button>
        )}
      </header>
      <Boundary>
        <Body job={job} isOpen={isOpen} onOpen={onOpen} />
      </Boundary>
    </article>
  );
}

function Body({
  job,
  isOpen,
  onOpen,
}: {
  readonly job: PageJob;
  readonly isOpen: boolean;
  readonly onOpen: (() => void) | undefined;
}) {
  const app = useApp();
  const { words } = app;
  const { result, failure, source } = job;
  if (result && isOpen) return <ResultView job={job} result={result} />;
  if (result) {
    const [best] = result.results;
    return (
      <button type="button" class="folded" onClick={onOpen} aria-expanded={false}>
        {best && !best.isUnsafe && (
          <img
            src={best.url}
            width={result.width}
            height={result.height}
            alt={words.value.plain("page.result.alt", {
              prompt: job.prompt,
              rank: 1,
              width: best.box.width,
              height: best.box.height,
            })}
            loading="lazy"
            decoding="async"
          />
        )}
        <span>{words.value.plain("page.open", { count: result.results.length })}</span>
      </button>
    );
  }
  if (failure || job.state === "cancelled" || job.state === "failed") {
    return (
      <div class="ended">
        {failure && (
          <p role={failure.code === "cancelled" ? undefined : "alert"}>
            <RichTextView text={failure.text} />
          </p>
        )}
        <div class="actions">
          {job.actions.reroll && (
            <button type="button" onClick={() => void app.press(job.actions.reroll ?? "", null, job.room)}>
              {words.value.plain("button.retry")}
            </button>
          )}
          {job.actions.delete && (
            <button
              type="button"
              class="danger"
              onClick={() => void app.press(job.actions.delete ?? "", null, job.room)}
            >
              {words.value.plain("button.delete")}
            </button>
          )}
        </div>
      </div>
    );
  }
  if (job.state === "waiting" && source) {
    return (
      <figure class="stage waiting">
        <img
          src={source.url}
          width={source.width}
          height={source.height}
          alt={words.value.plain("page.source.alt", { prompt: job.prompt })}
        />
      </figure>
    );
  }
  return <LiveStage job={job} />;
}

/** Where the job stands, in a line. */
function Standing({ job }: { readonly job: PageJob }) {
  const { words } = useApp();
  const { state, standing, result } = job;
  if (state === "waiting") {
    const seconds = standing?.seconds ?? null;
    const start =
      seconds === null
        ? "none"
        : seconds < 5
          ? words.value.plain("time.soon")
          : words.value.plain("time.about", { time: words.value.duration(seconds) });
    return <>{words.value.plain("page.waiting", { position: standing?.position ?? 1, start })}</>;
  }
  if (result) {
    const where = words.value.plain(job.box ? "result.area" : "result.found", {
      source: result.source.text || "none",
    });
    return (
      <>
        {where} · {words.value.duration(result.seconds)}
      </>
    );
  }
  if (state === "cancelled") return <>{words.value.plain("answer.cancelled")}</>;
  if (state === "failed" || state === "undeliverable") return <>{words.value.plain("page.failed-job")}</>;
  return <>{words.value.plain("page.running")}</>;
}

/** Tells a screen reader what changes: place in line, phase, end. */
function useAnnouncements(job: PageJob | null): void {
  const app = useApp();
  const before = useRef<string | null>(null);
  const words = app.words.value;
  const now = !job
    ? null
    : job.result
      ? words.plain("page.ready", { prompt: job.prompt, count: job.result.results.length })
      : isOver(job)
        ? words.plain("page.over", { prompt: job.prompt })
        : job.state === "waiting"
          ? words.plain("page.waiting", { position: job.standing?.position ?? 1, start: "none" })
          : words.plain(phaseKey(job.live));
  useEffect(() => {
    // What is there when the page opens is read as it stands.
    if (before.current !== null && now !== null && now !== before.current) app.announced.value = now;
    before.current = now;
  }, [now, app]);
}
