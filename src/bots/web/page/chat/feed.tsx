import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { plainTextOf } from "../../../../locales/rich-text.ts";
import type { ChatButton } from "../../../chat.ts";
import type { PageContent, PageDocument, PageMessage } from "../../protocol.ts";
import { JobCard } from "../job/job-card.tsx";
import { useApp } from "../state/app.ts";
import { type Entry, entriesOf, jobMessages } from "../state/conversation.ts";
import { Pair } from "./pair.tsx";
import { RichTextView } from "./rich-text.tsx";

/** What was said in a room, latest last, kept at its end while somebody is there. */
export function Feed() {
  const app = useApp();
  const { words, messages, answers, earlier, room } = app;
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const list = useRef<HTMLOListElement>(null);
  /** What is new is brought into view until somebody scrolls away. */
  const follows = useRef(true);
  const cards = jobMessages(messages.value);
  const entries = entriesOf(
    messages.value,
    // That a job was taken is seen by its card.
    answers.value.filter(
      ({ room: place, text }) =>
        place === room.value && plainTextOf(text) !== words.value.plain("answer.queued"),
    ),
  );
  const newest = messages.value.findLast(({ id, job }) => job !== null && cards.get(job) === id)?.job;

  useEffect(() => {
    const stay = () => {
      follows.current = false;
    };
    const watch = () => {
      const { scrollHeight, scrollTop, clientHeight } = document.documentElement;
      if (scrollHeight - scrollTop - clientHeight < 40) follows.current = true;
    };
    const events = ["wheel", "touchmove"] as const;
    for (const event of events) addEventListener(event, stay, { passive: true });
    addEventListener("scroll", watch, { passive: true });
    return () => {
      for (const event of events) removeEventListener(event, stay);
      removeEventListener("scroll", watch);
    };
  }, []);
  const last = entries.at(-1);
  const isCardLast = last?.kind === "message" && cards.get(last.message.job ?? "") === last.message.id;
  const isAlone = app.session.value?.rooms.some(({ id, kind }) => id === room.value && kind === "own");
  const isOwnLast = last?.kind === "message" && last.message.author?.id === app.session.value?.member?.id;
  const endsWithCard = useRef(isCardLast);
  endsWithCard.current = isCardLast;
  // What is new at the end is brought into view, once.
  useLayoutEffect(() => {
    // Who says something, or presses a button in a room of their own, wants to see what becomes of it.
    if (isOwnLast || (isCardLast && isAlone)) follows.current = true;
    if (isCardLast && follows.current) list.current?.lastElementChild?.scrollIntoView({ block: "start" });
  }, [last?.key]);
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    // Lines grow as their pictures come. Of a card the beginning is looked at: it may be taller than the screen.
    const observer = new ResizeObserver(() => {
      if (!follows.current) return;
      if (endsWithCard.current) element.lastElementChild?.scrollIntoView({ block: "start" });
      else scrollTo({ top: document.documentElement.scrollHeight });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  return (
    <>
      {typeof earlier.value === "string" && <Earlier />}
      <ol class="feed" ref={list} aria-label={words.value.plain("page.feed")}>
        {entries.map((entry) => (
          <Line
            key={entry.key}
            entry={entry}
            card={entry.kind === "message" && cards.get(entry.message.job ?? "") === entry.message.id}
            isOpen={
              entry.kind === "message" && (entry.message.job === newest || opened.has(entry.message.id))
            }
            onOpen={(id) => setOpened(new Set([...opened, id]))}
          />
        ))}
      </ol>
    </>
  );
}

function Line({
  entry,
  card,
  isOpen,
  onOpen,
}: {
  readonly entry: Entry;
  readonly card: boolean;
  readonly isOpen: boolean;
  readonly onOpen: (id: string) => void;
}) {
  const app = useApp();
  const { words } = app;
  if (entry.kind === "answer") {
    const { answer } = entry;
    return (
      <li class="line answer">
        <div class="answered">
          {answer.layout === "pair" ? (
            <Pair answer={answer} />
          ) : (
            <Content content={answer} message={null} room={answer.room} answer={answer.id} />
          )}
          {answer.document && <Download file={answer.document} />}
        </div>
        <button
          type="button"
          class="close"
          aria-label={words.value.plain("page.close")}
          onClick={() => app.closeAnswer(answer.id)}
        >
          ×
        </button>
      </li>
    );
  }
  const { message } = entry;
  if (card && message.job) {
    return (
      <li class="line line-job">
        <JobCard id={message.job} isOpen={isOpen} onOpen={() => onOpen(message.id)} />
      </li>
    );
  }
  return (
    <li class={`line ${message.author ? "line-own" : ""}`}>
      {message.author && <Author message={message} />}
      <Content content={message} message={message.id} room={message.room} />
      {message.author && message.pictures.length > 0 && (
        <div class="actions">
          <button type="button" onClick={() => void app.checkMarks(message.id, message.room)}>
            {words.value.plain("action.marks")}
          </button>
        </div>
      )}
    </li>
  );
}

/** A text file that came whole with its answer. */
function Download({ file: { fileName, text } }: { readonly file: PageDocument }) {
  const { words } = useApp();
  const save = () => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    const link = document.createElement("a");
    Object.assign(link, { href: url, download: fileName });
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <button type="button" class="secondary" onClick={save}>
      {words.value.plain("page.download.file", { fileName })}
    </button>
  );
}

function Author({ message }: { readonly message: PageMessage }) {
  const { session } = useApp();
  const isMine = message.author?.id === session.value?.member?.id;
  return isMine ? null : <p class="author faint">{message.author?.name}</p>;
}

/** Text, pictures and buttons of a message or an answer. */
function Content({
  content,
  message,
  room,
  answer = null,
}: {
  readonly content: PageContent;
  readonly message: string | null;
  readonly room: string;
  /** Its id where it is an answer. */
  readonly answer?: string | null;
}) {
  const app = useApp();
  return (
    <div class="content">
      {content.text.length > 0 && (
        <p class="text">
          <RichTextView text={content.text} names={content.names} />
        </p>
      )}
      {content.pictures.length > 0 && (
        <div class="pictures">
          {content.pictures.map(({ url, alt, isSpoiler }) => (
            <a key={url} href={url} target="_blank" rel="noreferrer" class={isSpoiler ? "spoiler" : ""}>
              <img src={url} alt={alt} loading="lazy" decoding="async" />
            </a>
          ))}
        </div>
      )}
      {content.buttons.map((row) => (
        <div class="actions" key={row.map(({ id }) => id).join()}>
          {row.map((button) => (
            <Pressed
              key={button.id}
              button={button}
              onPress={() => void app.press(button.id, message, room, answer)}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

function Pressed({ button, onPress }: { readonly button: ChatButton; readonly onPress: () => void }) {
  return (
    <button type="button" class={button.style} onClick={onPress}>
      {button.emoji && <span aria-hidden="true">{button.emoji} </span>}
      {button.label}
    </button>
  );
}

/** Brings what was said before as soon as it comes into view. */
function Earlier() {
  const app = useApp();
  const mark = useRef<HTMLButtonElement>(null);
  const load = async () => {
    const { scrollHeight } = document.documentElement;
    try {
      await app.loadEarlier();
    } catch (error) {
      app.notice.value = app.textOf(error);
    }
    // What was looked at stays where it is.
    requestAnimationFrame(() => scrollBy(0, document.documentElement.scrollHeight - scrollHeight));
  };
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => {
      if (entry?.isIntersecting) void load();
    });
    if (mark.current) observer.observe(mark.current);
    return () => observer.disconnect();
  });
  return (
    <button type="button" class="earlier" ref={mark} onClick={() => void load()}>
      {app.words.value.plain("page.earlier")}
    </button>
  );
}
