import { useEffect, useMemo, useState } from "preact/hooks";
import type { LocaleRequest } from "../protocol.ts";
import { Boundary } from "./boundary.tsx";
import { Composer } from "./chat/composer.tsx";
import { createComposer } from "./chat/composer-state.ts";
import { Feed } from "./chat/feed.tsx";
import { FormDialog } from "./chat/form-dialog.tsx";
import { pictureIn } from "./chat/picture.ts";
import { Welcome } from "./chat/welcome.tsx";
import { History } from "./history/history.tsx";
import { JobCard } from "./job/job-card.tsx";
import { Login } from "./login.tsx";
import { Operator } from "./operator/operator.tsx";
import { useApp } from "./state/app.ts";
import { pathOf } from "./state/route.ts";

/** The page around its views: history at the side, what is said in the middle, and what concerns all of it. */
export function Shell() {
  const app = useApp();
  const { words, session, router, form, notice, announced } = app;
  const [isMenuOpen, setMenuOpen] = useState(false);
  const route = router.route.value;
  const member = session.value?.member ?? null;
  useEffect(() => {
    document.title =
      route.view === "operator"
        ? `${words.value.plain("page.operator")} · Learnable Regions`
        : "Learnable Regions";
  }, [route, words.value]);

  return (
    <>
      <a class="skip" href="#main">
        {words.value.plain("page.skip")}
      </a>
      <header class="bar">
        {member && (
          <button
            type="button"
            class="menu-button"
            aria-expanded={isMenuOpen}
            aria-controls="side"
            aria-label={words.value.plain("page.history")}
            onClick={() => setMenuOpen(!isMenuOpen)}
          >
            <svg viewBox="0 0 24 24" aria-hidden="true">
              <path d="M4 7h16M4 12h16M4 17h10" />
            </svg>
          </button>
        )}
        <a
          class="brand"
          href="/"
          onClick={(event) => {
            event.preventDefault();
            router.go({ view: "edits" });
          }}
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <rect class="brand-outer" x="2.5" y="2.5" width="19" height="19" rx="3" />
            <rect class="brand-inner" x="7" y="6" width="12" height="12" rx="2" />
          </svg>
          <span class="brand-name">Learnable Regions</span>
        </a>
        <span class="bar-gap" />
        <Languages />
        <a
          class="bar-link"
          href={pathOf({ view: "operator" })}
          aria-current={route.view === "operator" ? "page" : undefined}
          onClick={(event) => {
            event.preventDefault();
            router.go({ view: "operator" });
          }}
        >
          {words.value.plain("page.operator")}
        </a>
      </header>
      <Lost />
      {member && (
        <aside id="side" class={isMenuOpen ? "side is-open" : "side"}>
          <History onChosen={() => setMenuOpen(false)} />
        </aside>
      )}
      <main id="main" tabIndex={-1} class={`main main-${route.view}`}>
        <Boundary key={route.view}>
          {route.view === "operator" ? <Operator /> : member ? <Edits /> : <Login />}
        </Boundary>
      </main>
      {form.value && <FormDialog key={form.value.reply.id} form={form.value} />}
      {notice.value !== null && (
        <div class="notice" role="alert">
          <p>{notice.value}</p>
          <button
            type="button"
            class="close"
            aria-label={words.value.plain("page.close")}
            onClick={() => {
              notice.value = null;
            }}
          >
            ×
          </button>
        </div>
      )}
      <p class="unseen" role="status" aria-live="polite">
        {announced.value}
      </p>
    </>
  );
}

/** What is said in a room, or one job by its link, and where one types. Pictures can be dropped anywhere on it. */
function Edits() {
  const app = useApp();
  const { words, router, messages, answers, earlier, session, room } = app;
  const composer = useMemo(() => createComposer(app), [app]);
  const [isOver, setOver] = useState(false);
  const route = router.route.value;
  useEffect(() => {
    const over = (event: DragEvent) => {
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      event.preventDefault();
      setOver(false);
      const dropped = pictureIn(event.dataTransfer);
      if (!dropped) return;
      router.go({ view: "edits" });
      void composer.take(dropped);
    };
    addEventListener("dragover", over);
    addEventListener("dragleave", leave);
    addEventListener("drop", drop);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("dragleave", leave);
      removeEventListener("drop", drop);
    };
  }, [composer, router]);

  const rooms = session.value?.rooms ?? [];
  const isEmpty = earlier.value !== undefined && messages.value.length === 0;
  return (
    <>
      {rooms.length > 1 && route.view === "edits" && (
        <fieldset class="looks rooms">
          <legend class="unseen">{words.value.plain("page.rooms")}</legend>
          {rooms.map(({ id, kind }) => (
            <button
              key={id}
              type="button"
              aria-pressed={id === room.value}
              onClick={() => void app.openRoom(id)}
            >
              {words.value.plain(`page.room.${kind}`)}
            </button>
          ))}
        </fieldset>
      )}
      {(route.view === "job" || messages.value.length > 0) && (
        <h1 class="unseen">{words.value.plain("page.feed")}</h1>
      )}
      {route.view === "job" ? (
        <div class="single">
          <JobCard key={route.job} id={route.job} isOpen />
        </div>
      ) : (
        <>
          {isEmpty && <Welcome composer={composer} />}
          {(!isEmpty || answers.value.length > 0) && <Feed />}
        </>
      )}
      {route.view === "edits" && <Composer composer={composer} />}
      {isOver && (
        <div class="drop" aria-hidden="true">
          <p>{words.value.plain("page.drop")}</p>
        </div>
      )}
    </>
  );
}

/** Says that the server is gone, and what becomes of what was typed. */
function Lost() {
  const app = useApp();
  const { words, connection } = app;
  if (connection.value !== "lost") return null;
  return (
    <div class="lost" role="alert">
      <p>{words.value.plain("page.lost")}</p>
      <button type="button" onClick={() => app.retry()}>
        {words.value.plain("page.lost.retry")}
      </button>
    </div>
  );
}

function Languages() {
  const app = useApp();
  const { words, session } = app;
  const locales = session.value?.locales ?? [];
  if (locales.length < 2) return null;
  const choose = async (locale: string) => {
    const request: LocaleRequest = { locale };
    try {
      await app.api.post("/api/locale", request);
      await app.loadSession();
    } catch (error) {
      app.notice.value = app.textOf(error);
    }
  };
  return (
    <select
      class="languages"
      aria-label={words.value.plain("page.language")}
      value={words.value.locale}
      onChange={(event) => void choose(event.currentTarget.value)}
    >
      {locales.map((locale) => (
        <option key={locale} value={locale} lang={locale}>
          {new Intl.DisplayNames([locale], { type: "language" }).of(locale)}
        </option>
      ))}
    </select>
  );
}
