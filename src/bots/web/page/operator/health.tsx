import { useState } from "preact/hooks";
import type { OperatorHealth } from "../../protocol.ts";
import { useApp } from "../state/app.ts";

/** What `lrbot doctor` finds of this machine. It starts processes, so it is asked for. */
export function Health() {
  const app = useApp();
  const { words } = app;
  const [health, setHealth] = useState<OperatorHealth | null>(null);
  const [isAsking, setAsking] = useState(false);
  const ask = async () => {
    setAsking(true);
    try {
      setHealth(await app.api.get<OperatorHealth>("/api/operator/health"));
    } catch (error) {
      app.notice.value = app.textOf(error);
    }
    setAsking(false);
  };
  return (
    <section class="panel" aria-labelledby="health">
      <div class="panel-head">
        <h2 id="health">{words.value.plain("page.health")}</h2>
        <button type="button" disabled={isAsking} onClick={() => void ask()}>
          {words.value.plain(isAsking ? "page.health.asking" : "page.health.ask")}
        </button>
      </div>
      {!health && <p class="faint">{words.value.plain("page.health.how")}</p>}
      <ul class="health" aria-busy={isAsking}>
        {health?.findings.map(({ check, state, says, mend }) => (
          <li key={check}>
            <span class={`found found-${state}`}>{words.value.plain(`page.health.${state}`)}</span>
            <span>
              <b>{check}</b> {says}
              {mend && (
                <>
                  <br />
                  <code>{mend}</code>
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
