import { type Signal, signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Words } from "../../../../locales/create-words.ts";
import type {
  FormRequest,
  MenuRequest,
  MessagePage,
  PageAnswer,
  PageMessage,
  PressRequest,
  Reply,
  SayRequest,
  Session,
} from "../../protocol.ts";
import { type Api, createApi, ServerProblem } from "../server/api.ts";
import { type Connection, openStream, type Stream } from "../server/stream.ts";
import { withAnswer, withMessage, withMessages } from "./conversation.ts";
import { createJobs, type Jobs } from "./jobs.ts";
import { createRouter, type Router } from "./router.ts";
import { loadWords } from "./words.ts";

/** A form that the bot opened, and where its answer goes. */
export interface OpenForm {
  readonly reply: Extract<Reply, { kind: "form" }>;
  readonly room: string;
}

/** All that the page knows and can do. Views read its signals. */
export interface App {
  readonly api: Api;
  readonly router: Router;
  readonly jobs: Jobs;
  readonly session: Signal<Session | null>;
  readonly words: Signal<Words>;
  readonly connection: Signal<Connection>;
  readonly room: Signal<string>;
  readonly messages: Signal<readonly PageMessage[]>;
  readonly answers: Signal<readonly PageAnswer[]>;
  /** `before` of the page of messages above; `null` where there is none, `undefined` while the first one is on its way. */
  readonly earlier: Signal<string | null | undefined>;
  readonly form: Signal<OpenForm | null>;
  /** What a screen reader is told. */
  readonly announced: Signal<string>;
  /** Changes whenever the list of one's own edits may have. */
  readonly historyVersion: Signal<number>;
  /** Changes whenever something of the operator's view has. */
  readonly operatorVersion: Signal<number>;
  /** What went wrong with something that has no place of its own; shown until it is closed. */
  readonly notice: Signal<string | null>;

  loadSession(): Promise<void>;
  openRoom(room: string): Promise<void>;
  loadEarlier(): Promise<void>;
  say(what: Omit<SayRequest, "room">): Promise<Reply>;
  press(button: string, message?: string | null, room?: string, answer?: string | null): Promise<void>;
  /** "Was this edited?" of a message. */
  checkMarks(message: string, room: string): Promise<void>;
  fill(form: FormRequest): Promise<Reply>;
  closeAnswer(id: string): void;
  retry(): void;
  /** Words for a problem, where the server had none. */
  textOf(error: unknown): string;
}

const pageLength = 40;

/** @param words Those of the language that the browser asks for, until the session says another. */
export function createApp(words: Words): App {
  const api = createApi();
  const jobs = createJobs(api);
  let stream: Stream | null = null;

  const app: App = {
    api,
    router: createRouter(),
    jobs,
    session: signal(null),
    words: signal(words),
    connection: signal("opening"),
    room: signal(""),
    messages: signal([]),
    answers: signal([]),
    earlier: signal(undefined),
    form: signal(null),
    announced: signal(""),
    historyVersion: signal(0),
    operatorVersion: signal(0),
    notice: signal(null),

    async loadSession() {
      const session = await api.get<Session>("/api/session");
      api.setToken(session.csrf);
      app.words.value = await loadWords(session.locale);
      document.documentElement.lang = app.words.value.locale;
      app.session.value = session;
      if (!session.member) return;
      stream ??= openStream("/api/events", handlers, (connection) => {
        app.connection.value = connection;
        // A server that answers, and lets nobody in, wants a login.
        if (connection === "lost") void leaveIfRefused();
      });
      const room = session.rooms.some(({ id }) => id === app.room.value)
        ? app.room.value
        : session.rooms[0]?.id;
      if (room !== undefined && room !== app.room.value) await app.openRoom(room);
    },
    async openRoom(room) {
      app.room.value = room;
      app.messages.value = [];
      app.earlier.value = undefined;
      const [answers] = await Promise.all([api.get<readonly PageAnswer[]>("/api/answers"), loadLatest()]);
      app.answers.value = answers.reduce(withAnswer, app.answers.value);
    },
    async loadEarlier() {
      const before = app.earlier.value;
      if (typeof before !== "string") return;
      const page = await messagesOf(before);
      app.messages.value = withMessages(app.messages.value, page.messages);
      app.earlier.value = page.earlier;
    },
    async say(what) {
      return taken(await api.post<Reply>("/api/say", { ...what, room: app.room.value }));
    },
    async press(button, message = null, room = app.room.value, answer = null) {
      const request: PressRequest = { room, button, message, answer };
      try {
        taken(await api.post<Reply>("/api/press", request));
      } catch (error) {
        app.notice.value = app.textOf(error);
      }
    },
    async checkMarks(message, room) {
      const request: MenuRequest = { room, message, action: "marks" };
      try {
        taken(await api.post<Reply>("/api/menu", request));
      } catch (error) {
        app.notice.value = app.textOf(error);
      }
    },
    async fill(form) {
      return taken(await api.post<Reply>("/api/forms", form));
    },
    closeAnswer(id) {
      app.answers.value = app.answers.value.filter((answer) => answer.id !== id);
    },
    retry: () => stream?.retry(),
    textOf(error) {
      const isKnown = error instanceof ServerProblem;
      if (isKnown && error.message) return error.message;
      const isAway = isKnown && error.code === "unreachable";
      return app.words.value.plain(isAway ? "page.unreachable" : "page.failed");
    },
  };

  const leaveIfRefused = async () => {
    const session = await api.get<Session>("/api/session").catch(() => null);
    if (!session || session.member) return;
    stream?.close();
    stream = null;
    app.connection.value = "opening";
    api.setToken(session.csrf);
    app.session.value = session;
  };
  const messagesOf = (before?: string) => {
    const query = new URLSearchParams({ room: app.room.value, limit: String(pageLength) });
    if (before !== undefined) query.set("before", before);
    return api.get<MessagePage>(`/api/messages?${query}`);
  };
  const loadLatest = async () => {
    const room = app.room.value;
    const page = await messagesOf();
    if (room !== app.room.value) return;
    // Of before this page nothing is known anew; of what it covers, what is not in it any more was removed.
    const [oldest] = page.messages;
    const before = app.messages.value.filter(({ postedAt }) => oldest && postedAt < oldest.postedAt);
    app.messages.value = withMessages(page.earlier === null ? [] : before, page.messages);
    if (app.earlier.value === undefined || before.length === 0) app.earlier.value = page.earlier;
  };
  const taken = (reply: Reply): Reply => {
    if (reply.kind === "form") app.form.value = { reply, room: app.room.value };
    return reply;
  };

  let started: string | null = null;
  const handlers: Parameters<typeof openStream>[1] = {
    hello({ start }) {
      // What happened while nothing was heard is not told again.
      const isFirst = started === null;
      const isOther = started !== start;
      started = start;
      if (isFirst) return;
      void (async () => {
        try {
          if (isOther) await app.loadSession();
          await loadLatest();
        } catch (error) {
          app.notice.value = app.textOf(error);
        }
      })();
      jobs.refreshOpen();
      app.historyVersion.value++;
      app.operatorVersion.value++;
    },
    message(message) {
      if (message.job) void jobs.refresh(message.job);
      if (message.room === app.room.value) app.messages.value = withMessage(app.messages.value, message);
    },
    removed({ room, id }) {
      if (room !== app.room.value) return;
      app.messages.value = app.messages.value.filter((message) => message.id !== id);
      app.historyVersion.value++;
    },
    answer(answer) {
      app.answers.value = withAnswer(app.answers.value, answer);
    },
    job({ id }) {
      void jobs.refresh(id);
      app.historyVersion.value++;
    },
    live({ changes }) {
      for (const { job, change } of changes) jobs.apply(job, change);
    },
    refresh({ at }) {
      // What a person had is gone, but not what was just said of that.
      app.answers.value = app.answers.value.filter((answer) => answer.at > at - 5000);
      void loadLatest().catch((error: unknown) => {
        app.notice.value = app.textOf(error);
      });
      jobs.refreshAll();
      app.historyVersion.value++;
    },
    operator: () => {
      app.operatorVersion.value++;
    },
    ended: () => {
      stream?.close();
      stream = null;
      void app.loadSession();
    },
  };
  return app;
}

const AppContext = createContext<App | null>(null);
export const AppProvider = AppContext.Provider;

/** @throws RangeError outside of `AppProvider` */
export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new RangeError("Expected a view inside the page, got one outside.");
  return app;
}
