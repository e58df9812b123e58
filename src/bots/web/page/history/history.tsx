import { useEffect, useState } from "preact/hooks";
import type { JobPage, JobSummary } from "../../protocol.ts";
import { useApp } from "../state/app.ts";
import { pathOf } from "../state/route.ts";

/** One's own edits, newest first, with search. */
export function History({ onChosen }: { readonly onChosen: () => void }) {
  const app = useApp();
  const { words, historyVersion, router } = app;
  const [search, setSearch] = useState("");
  const [jobs, setJobs] = useState<readonly JobSummary[] | null>(null);
  const [earlier, setEarlier] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const version = historyVersion.value;

  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(
      async () => {
        try {
          const page = await app.api.get<JobPage>(pageAt(search, null), stop.signal);
          setJobs(page.jobs);
          setEarlier(page.earlier);
          setProblem(null);
        } catch (error) {
          if (!stop.signal.aborted) setProblem(app.textOf(error));
        }
      },
      search ? 200 : 50,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [search, version, app]);
  const more = async () => {
    try {
      const page = await app.api.get<JobPage>(pageAt(search, earlier));
      setJobs([...(jobs ?? []), ...page.jobs]);
      setEarlier(page.earlier);
    } catch (error) {
      setProblem(app.textOf(error));
    }
  };
  const route = router.route.value;

  return (
    <nav class="history" aria-label={words.value.plain("page.history")}>
      <input
        type="search"
        value={search}
        placeholder={words.value.plain("page.history.search")}
        aria-label={words.value.plain("page.history.search")}
        onInput={(event) => setSearch(event.currentTarget.value)}
      />
      {problem && <p class="faint">{problem}</p>}
      {jobs?.length === 0 && (
        <p class="faint empty-history">
          {words.value.plain(search ? "page.history.none" : "page.history.empty")}
        </p>
      )}
      <ul>
        {jobs?.map(({ id, prompt, state, createdAt, url }) => (
          <li key={id}>
            <a
              href={pathOf({ view: "job", job: id })}
              aria-current={route.view === "job" && route.job === id ? "page" : undefined}
              onClick={(event) => {
                if (event.ctrlKey || event.metaKey || event.shiftKey) return;
                event.preventDefault();
                router.go({ view: "job", job: id });
                onChosen();
              }}
            >
              {url ? <img src={url} alt="" loading="lazy" /> : <span class={`state state-${state}`} />}
              <span class="history-told">
                <span class="history-prompt">{prompt}</span>
                <span class="faint">{timeOf(createdAt, words.value.locale)}</span>
              </span>
            </a>
          </li>
        ))}
      </ul>
      {earlier !== null && (
        <button type="button" class="earlier" onClick={() => void more()}>
          {words.value.plain("page.earlier")}
        </button>
      )}
    </nav>
  );
}

function pageAt(search: string, before: string | null): string {
  const query = new URLSearchParams({ limit: "30" });
  if (search.trim()) query.set("search", search.trim());
  if (before !== null) query.set("before", before);
  return `/api/jobs?${query}`;
}

function timeOf(at: number, locale: string): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(at);
}
