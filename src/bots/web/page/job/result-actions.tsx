import { useState } from "preact/hooks";
import type { Box } from "../../../../types.ts";
import type { DrawnBoxRequest, PageJob, PageRanked, PageResult, Reply } from "../../protocol.ts";
import { useApp } from "../state/app.ts";
import { pathOf } from "../state/route.ts";
import { centredBox } from "./box.ts";

/** All that can be done with a result. While a box is drawn, painting it takes the place of the rest. */
export function ResultActions({
  job,
  result,
  shown,
  drawn,
  onDrawn,
}: {
  readonly job: PageJob;
  readonly result: PageResult;
  readonly shown: PageRanked;
  readonly drawn: Box | null;
  readonly onDrawn: (box: Box | null) => void;
}) {
  const app = useApp();
  const { words, api } = app;
  const [isSending, setSending] = useState(false);
  const [copied, setCopied] = useState<string | null>(null);
  const press = (button: string | null) => button && void app.press(button, null, job.room);
  const copy = async (text: string, what: string) => {
    await navigator.clipboard.writeText(text);
    setCopied(what);
    app.announced.value = words.value.plain("page.copied");
    setTimeout(() => setCopied(null), 2000);
  };
  const paint = async (box: Box) => {
    const request: DrawnBoxRequest = { room: job.room, job: job.id, box };
    setSending(true);
    try {
      await api.post<Reply>("/api/boxes", request);
      onDrawn(null);
      if (app.router.route.value.view === "job") app.router.go({ view: "edits" });
    } catch (error) {
      app.notice.value = app.textOf(error);
    }
    setSending(false);
  };

  if (drawn) {
    return (
      <div class="actions">
        <p class="faint actions-hint">{words.value.plain("page.box.how")}</p>
        <button type="button" class="primary" disabled={isSending} onClick={() => void paint(drawn)}>
          {words.value.plain("page.box.paint")}
        </button>
        <button type="button" onClick={() => onDrawn(null)}>
          {words.value.plain("page.box.leave")}
        </button>
      </div>
    );
  }
  const { larger, smaller, reroll, again } = shown.actions;
  return (
    <div class="actions">
      {again && (
        <button type="button" class="primary" onClick={() => press(again)}>
          {words.value.plain("button.again")}
        </button>
      )}
      {reroll && (
        <button type="button" onClick={() => press(reroll)}>
          {words.value.plain("button.reroll")}
        </button>
      )}
      {larger && (
        <button type="button" onClick={() => press(larger)}>
          {words.value.plain("button.larger")}
        </button>
      )}
      {smaller && (
        <button type="button" onClick={() => press(smaller)}>
          {words.value.plain("button.smaller")}
        </button>
      )}
      {job.source && (
        <button type="button" onClick={() => onDrawn(shown.box ?? centredBox(result))}>
          {words.value.plain("page.box.draw")}
        </button>
      )}
      <details class="more">
        <summary>{words.value.plain("page.more")}</summary>
        <div class="menu">
          <a href={shown.download} download>
            {words.value.plain("page.download.png")}
          </a>
          <a href={result.details} download>
            {words.value.plain("page.download.json")}
          </a>
          <button type="button" onClick={() => void copy(job.command, "command")}>
            {words.value.plain(copied === "command" ? "page.copied" : "page.copy.command")}
          </button>
          <button
            type="button"
            onClick={() => void copy(location.origin + pathOf({ view: "job", job: job.id }), "link")}
          >
            {words.value.plain(copied === "link" ? "page.copied" : "page.copy.link")}
          </button>
          {job.actions.delete && (
            <button type="button" class="danger" onClick={() => press(job.actions.delete)}>
              {words.value.plain("button.delete")}
            </button>
          )}
        </div>
      </details>
    </div>
  );
}
