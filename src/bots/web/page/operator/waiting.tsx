import type { OperatorJob } from "../../protocol.ts";
import { useApp } from "../state/app.ts";
import type { Run } from "./run.ts";
import { Sure } from "./sure.tsx";

/** Who is next, in the order of their turns. */
export function Waiting({
  jobs,
  count,
  run,
}: {
  readonly jobs: readonly OperatorJob[];
  readonly count: number;
  readonly run: Run;
}) {
  const { words } = useApp();
  return (
    <section class="panel" aria-labelledby="waiting">
      <h2 id="waiting">
        {words.value.plain("page.waiting-jobs")} <span class="faint">{count}</span>
      </h2>
      {jobs.length === 0 && <p class="empty">{words.value.plain("page.waiting-jobs.none")}</p>}
      <ol class="waiting-jobs">
        {jobs.map(({ id, platform, prompt, position, seconds }) => (
          <li key={id}>
            <span class="position">{position}</span>
            <span class="waiting-told">
              <span>{prompt ?? words.value.plain("page.waiting-jobs.private")}</span>
              <span class="faint">
                <code>{id}</code> · {platform}
                {seconds !== null &&
                  ` · ${words.value.plain("time.about", { time: words.value.duration(seconds) })}`}
              </span>
            </span>
            <span class="actions">
              {position > 1 && (
                <button type="button" onClick={() => void run("move", { job: id })}>
                  {words.value.plain("page.move")}
                </button>
              )}
              <Sure
                label={words.value.plain("button.cancel")}
                onSure={() => void run("cancel", { job: id })}
              />
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
