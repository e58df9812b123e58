import { useEffect, useState } from "preact/hooks";
import type { OperatorSettings } from "../../protocol.ts";
import { useApp } from "../state/app.ts";
import type { Run } from "./run.ts";

/** What `/admin` sets. @param version Changes whenever something was done here. */
export function Settings({ version, run }: { readonly version: number; readonly run: Run }) {
  const app = useApp();
  const { words } = app;
  const [settings, setSettings] = useState<OperatorSettings | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    app.api
      .get<OperatorSettings>("/api/operator/settings", stop.signal)
      .then(setSettings)
      .catch((error: unknown) => {
        if (!stop.signal.aborted) app.notice.value = app.textOf(error);
      });
    return () => stop.abort();
  }, [version, app]);
  if (!settings) return null;
  const { limits, words: refused, blocked, safety, mentions, unreadable } = settings;
  return (
    <section class="panel" aria-labelledby="settings">
      <h2 id="settings">{words.value.plain("page.settings")}</h2>
      {unreadable.map((name) => (
        <p class="problem" key={name}>
          <code>{name}</code>{" "}
          <button type="button" onClick={() => void run("reset", { setting: name })}>
            {words.value.plain("page.settings.reset")}
          </button>
        </p>
      ))}
      <div class="settings">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            const data = new FormData(event.currentTarget);
            void run("limits", {
              waiting: Number(data.get("waiting")),
              per_day: Number(data.get("per_day")),
            });
          }}
        >
          <label>
            {words.value.plain("page.settings.waiting")}
            <input
              type="number"
              name="waiting"
              min={0}
              max={1000}
              defaultValue={String(limits.waiting)}
              required
            />
          </label>
          <label>
            {words.value.plain("page.settings.per-day")}
            <input
              type="number"
              name="per_day"
              min={0}
              max={100000}
              defaultValue={String(limits.perDay)}
              required
            />
          </label>
          <button type="submit">{words.value.plain("page.settings.save")}</button>
        </form>
        <List
          title={words.value.plain("page.settings.words")}
          values={refused}
          onAdd={(word) => void run("words", { do: "add", word })}
          onRemove={(word) => void run("words", { do: "remove", word })}
        />
        <List
          title={words.value.plain("page.settings.blocked")}
          values={blocked}
          onAdd={(member) => void run("block", { member })}
          onRemove={(member) => void run("unblock", { member })}
        />
        <fieldset class="choice">
          <legend>{words.value.plain("page.settings.safety")}</legend>
          {(["off", "mark", "refuse"] as const).map((policy) => (
            <label key={policy}>
              <input
                type="radio"
                name="safety"
                checked={policy === safety}
                onChange={() => void run("safety", { do: policy === "mark" ? "spoiler" : policy })}
              />{" "}
              {words.value.plain(`page.settings.safety.${policy}`)}
            </label>
          ))}
        </fieldset>
        <label class="toggle">
          <input
            type="checkbox"
            checked={mentions}
            onChange={() => void run("mentions", { do: mentions ? "off" : "on" })}
          />{" "}
          {words.value.plain("page.settings.mentions")}
        </label>
      </div>
    </section>
  );
}

function List({
  title,
  values,
  onAdd,
  onRemove,
}: {
  readonly title: string;
  readonly values: readonly string[];
  readonly onAdd: (value: string) => void;
  readonly onRemove: (value: string) => void;
}) {
  const { words } = useApp();
  const [typed, setTyped] = useState("");
  return (
    <form
      class="values"
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim()) onAdd(typed.trim());
        setTyped("");
      }}
    >
      <span class="values-title">{title}</span>
      {values.length === 0 && <span class="faint">–</span>}
      <ul>
        {values.map((value) => (
          <li key={value}>
            {value}
            <button
              type="button"
              class="close"
              aria-label={words.value.plain("page.settings.remove", { value })}
              onClick={() => onRemove(value)}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      <input
        type="text"
        value={typed}
        aria-label={words.value.plain("page.settings.add", { title })}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      <button type="submit">+</button>
    </form>
  );
}
