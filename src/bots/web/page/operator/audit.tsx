import { useEffect, useState } from "preact/hooks";
import type { OperatorAudit } from "../../protocol.ts";
import { useApp } from "../state/app.ts";

/** What admins did, newest first. @param version Changes whenever something was done here. */
export function Audit({ version }: { readonly version: number }) {
  const app = useApp();
  const { words } = app;
  const [audit, setAudit] = useState<OperatorAudit | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    app.api
      .get<OperatorAudit>("/api/operator/audit?limit=50", stop.signal)
      .then(setAudit)
      .catch((error: unknown) => {
        if (!stop.signal.aborted) app.notice.value = app.textOf(error);
      });
    return () => stop.abort();
  }, [version, app]);
  const time = new Intl.DateTimeFormat(words.value.locale, { dateStyle: "short", timeStyle: "short" });
  return (
    <section class="panel" aria-labelledby="audit">
      <h2 id="audit">{words.value.plain("page.audit")}</h2>
      {audit?.entries.length === 0 && <p class="empty">{words.value.plain("admin.audit.none")}</p>}
      <ol class="audit">
        {audit?.entries.map(({ at, actor, action, scope, details }, index) => (
          <li key={index}>
            <time dateTime={new Date(at).toISOString()} class="faint">
              {time.format(at)}
            </time>{" "}
            <b>{actor}</b> {action}{" "}
            <span class="faint">
              {Object.entries(details)
                .filter(([, value]) => value !== null)
                .map(([name, value]) => `${name} ${value}`)
                .join(", ")}{" "}
              {scope}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
