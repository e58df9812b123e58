import { useState } from "preact/hooks";
import type { Box } from "../../../../types.ts";
import type { PageJob, PageResult } from "../../protocol.ts";
import { RichTextView } from "../chat/rich-text.tsx";
import { useApp } from "../state/app.ts";
import { BoxEditor } from "./box-editor.tsx";
import { Compare, type Look } from "./compare.tsx";
import { ResultActions } from "./result-actions.tsx";
import { ResultDetails } from "./result-details.tsx";
import { useRankKeys } from "./use-rank-keys.ts";

/** What came of a job: one result at a time, with all that can be done with it. */
export function ResultView({ job, result }: { readonly job: PageJob; readonly result: PageResult }) {
  const app = useApp();
  const { words } = app;
  const [rank, setRank] = useState(1);
  const [look, setLook] = useState<Look>("plain");
  const [drawn, setDrawn] = useState<Box | null>(null);
  const [shownUnsafe, setShownUnsafe] = useState<readonly number[]>([]);
  const show = (next: number) => {
    if (next < 1 || next > result.results.length) return;
    setRank(next);
    app.announced.value = told(next);
  };
  const told = (of: number) => {
    const each = result.results[of - 1];
    return words.value.plain("page.result.told", {
      rank: of,
      count: result.results.length,
      words: each?.words ?? "",
    });
  };
  useRankKeys(job.id, show);
  const shown = result.results[rank - 1];
  if (!shown) return null;
  const isHidden = shown.isUnsafe && !shownUnsafe.includes(rank);
  const alt = words.value.plain("page.result.alt", { prompt: job.prompt, rank, ...sizeOf(shown.box) });

  return (
    <div class="result">
      <div class="result-stage">
        {isHidden ? (
          <div class="stage hidden-stage" style={{ aspectRatio: `${result.width} / ${result.height}` }}>
            <p>{words.value.plain("result.spoiler")}</p>
            <button type="button" onClick={() => setShownUnsafe([...shownUnsafe, rank])}>
              {words.value.plain("page.show-anyway")}
            </button>
          </div>
        ) : (
          <Compare
            key={job.id}
            before={job.source?.url ?? null}
            after={drawn && job.source ? job.source.url : shown.url}
            alt={alt}
            picture={result}
            box={shown.box}
            look={drawn ? "plain" : look}
          >
            {drawn && <BoxEditor box={drawn} picture={result} onBox={setDrawn} />}
          </Compare>
        )}
        {!drawn && (
          <fieldset class="looks">
            <legend class="unseen">{words.value.plain("page.looks")}</legend>
            {(["plain", "box", "changed"] as const).map((each) => (
              <button
                type="button"
                key={each}
                aria-pressed={look === each}
                disabled={each === "changed" && !job.source}
                onClick={() => setLook(each)}
              >
                {words.value.plain(`page.look.${each}`)}
              </button>
            ))}
          </fieldset>
        )}
      </div>
      <div class="result-told">
        {result.results.length > 1 && (
          <div class="strip-place">
            <Strip result={result} rank={rank} onRank={show} told={told} />
            <p class="faint strip-keys">
              {words.value.plain("page.keys", { count: Math.min(8, result.results.length) })}
            </p>
          </div>
        )}
        <p class="scored">
          <b>{words.value.plain("page.rank", { rank, count: result.results.length })}</b> {shown.words}
        </p>
        {result.warnings.map((warning, index) => (
          <p class="faint" key={index}>
            <RichTextView text={warning} />
          </p>
        ))}
        <ResultActions job={job} result={result} shown={shown} drawn={drawn} onDrawn={setDrawn} />
        <ResultDetails result={result} shown={shown} />
      </div>
    </div>
  );
}

function sizeOf({ width, height }: Box) {
  return { width, height };
}

/** All results in small, best first; keys 1 to 8 choose too. */
function Strip({
  result,
  rank,
  onRank,
  told,
}: {
  readonly result: PageResult;
  readonly rank: number;
  readonly onRank: (rank: number) => void;
  readonly told: (rank: number) => string;
}) {
  return (
    <ol class="strip">
      {result.results.map((each) => (
        <li key={each.rank}>
          <button
            type="button"
            aria-pressed={each.rank === rank}
            aria-label={told(each.rank)}
            onClick={() => onRank(each.rank)}
          >
            {each.isUnsafe ? (
              <span class="strip-hidden" />
            ) : (
              <img src={each.url} alt="" loading="lazy" decoding="async" />
            )}
            <span class="strip-rank" aria-hidden="true">
              {each.rank}
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}
