import { useEffect, useState } from "preact/hooks";
import type { OperatorAnswer, OperatorCommandRequest, OperatorView } from "../../protocol.ts";
import { RichTextView } from "../chat/rich-text.tsx";
import { useApp } from "../state/app.ts";
import { Audit } from "./audit.tsx";
import { Charts } from "./charts.tsx";
import { Health } from "./health.tsx";
import { Lanes } from "./lanes.tsx";
import { OperatorLogin } from "./operator-login.tsx";
import type { Run } from "./run.ts";
import { Settings } from "./settings.tsx";
import { Sure } from "./sure.tsx";
import { Waiting } from "./waiting.tsx";

/** The operator's view: what runs and waits, how it went, and what can be steered. */
export function Operator() {
  const { session } = useApp();
  return session.value?.isOperator ? <Board /> : <OperatorLogin />;
}

function Board() {
  const app = useApp();
  const { words, operatorVersion } = app;
  const [view, setView] = useState<OperatorView | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [said, setSaid] = useState<OperatorAnswer | null>(null);
  const [runs, setRuns] = useState(0);
  const version = operatorVersion.value;

  useEffect(() => {
    const stop = new AbortController();
    const load = async () => {
      try {
        setView(await app.api.get<OperatorView>("/api/operator", stop.signal));
        setProblem(null);
      } catch (error) {
        if (!stop.signal.aborted) setProblem(app.textOf(error));
      }
    };
    void load();
    // Seconds that are left go by without an event.
    const timer = setInterval(() => void load(), 5000);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }, [version, runs, app]);
  const run: Run = async (name, options = {}) => {
    try {
      const request: OperatorCommandRequest = { name: `admin ${name}`, options };
      setSaid(await app.api.post<OperatorAnswer>("/api/operator/command", request));
    } catch (error) {
      app.notice.value = app.textOf(error);
    }
    setRuns((count) => count + 1);
  };

  if (!view) {
    return (
      <section class="operator" aria-busy={problem === null}>
        {problem ? <p class="empty">{problem}</p> : <div class="skeleton panel" />}
      </section>
    );
  }
  return (
    <section class="operator">
      <header class="operator-head">
        <h1>{words.value.plain("page.operator")}</h1>
        <p class="faint">
          {words.value.plain("page.operator.line", {
            uptime: words.value.duration(view.uptimeSeconds),
            megabytes: Math.round(view.memoryBytes / 1e6),
            unsent: view.unsent,
          })}
        </p>
        <div class="actions">
          <button type="button" onClick={() => void run("pause")}>
            {words.value.plain("page.operator.pause-all")}
          </button>
          <button type="button" onClick={() => void run("resume")}>
            {words.value.plain("page.operator.resume-all")}
          </button>
          <Sure
            label={words.value.plain("page.operator.cancel-all")}
            onSure={() => void run("cancel", { all: true })}
          />
          <Sure label={words.value.plain("page.operator.drain")} onSure={() => void run("drain")} />
        </div>
        {view.isDraining && <p class="problem">{words.value.plain("admin.draining")}</p>}
        {problem && <p class="problem">{problem}</p>}
        <div class="said" role="status">
          {said?.texts.map((text, index) => (
            <p key={index}>
              <RichTextView text={text} />
            </p>
          ))}
        </div>
      </header>
      <Lanes lanes={view.lanes} run={run} />
      <Waiting jobs={view.waiting} count={view.waitingCount} run={run} />
      <Charts />
      <Settings version={runs} run={run} />
      <Health />
      <Audit version={runs} />
    </section>
  );
}
