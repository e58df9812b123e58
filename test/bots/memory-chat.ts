import { statSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import {
  type Attachment,
  type Capabilities,
  ChatError,
  type ChatEvent,
  type ChatFailure,
  type ChatMessage,
  type ChatPlatform,
  type Member,
  type MessageRef,
  type Modal,
  type Permission,
  type Place,
  type Responder,
} from "../../src/bots/chat.ts";
import { EditError } from "../../src/errors.ts";
import { plainTextOf } from "../../src/locales/rich-text.ts";

// A chat in memory: an implementation of the port with nothing behind it, to drive the bot's own logic. What real platforms do
// is held by the fakes of test/fakes/.

export interface MemoryMessage {
  readonly ref: MessageRef;
  readonly key: string;
  readonly replyTo: string | null;
  readonly revisions: ChatMessage[];
  readonly reactions: string[];
  isRemoved: boolean;
}

/** What one event was answered with. */
export interface Answers {
  acknowledged: "no" | "seen" | "silently";
  modal: Modal | null;
  /** Texts at the fields of a modal that stays open. */
  refused: Readonly<Record<string, string>> | null;
  readonly said: ChatMessage[];
  /** What was said to the member alone where an answer is public otherwise. */
  readonly saidAlone: ChatMessage[];
  /** What took the place of the answer whose button was pressed, latest last. */
  readonly inPlace: ChatMessage[];
  isAlive: boolean;
  /** All that was said, without form. */
  readonly text: string;
}

export interface MemoryChat extends ChatPlatform {
  readonly messages: MemoryMessage[];
  readonly files: Map<string, string>;
  /** The next call of a method fails so. */
  failNext(
    method: "post" | "edit" | "remove" | "directPlace" | "react",
    failure: ChatFailure,
    times?: number,
  ): void;
  /** Bytes of pictures that a message really may have; more is refused as too large. */
  takesBytes: number;
  /** How often it was too much. */
  refusals: number;
  /** Messages with pictures are refused so. */
  refusesPictures: ChatFailure | null;
  missing: readonly Permission[];
  /** Mentions can be answered to one member alone. */
  answersAlone: boolean;
  /** Pictures that members posted, later than all of the bot's. */
  readonly shared: { readonly message: MessageRef; readonly pictures: readonly Attachment[] }[];
  /** Files of pictures of members, by id. */
  readonly avatars: Map<string, string>;
  /** Channels that are gone. */
  readonly lost: Set<string>;
  workspaces: readonly string[] | null;
  /** Posts whose answer got lost on the way: the message is there, the caller hears of a fault. */
  losesAnswers: number;
  /** Posts whose connection breaks right after sending: nothing is seen of them until `arrive`. */
  cutsPosts: number;
  /** What was cut takes effect. */
  arrive(): void;
  /** Posts that were sent. */
  readonly sent: string[];
  send(event: Partial<ChatEvent> & Pick<ChatEvent, "kind">, member?: Partial<Member>): Promise<Answers>;
  shown(index?: number): {
    readonly text: string;
    readonly message: ChatMessage;
    readonly post: MemoryMessage;
  };
}

export const memoryCapabilities: Capabilities = {
  reactions: true,
  avatars: true,
  translatesCommands: true,
  typed: (command, text) => (text === undefined ? `/${command}` : `/${command} ${text}`),
  asksForOptions: true,
  picturesInModals: true,
  modalFields: 20,
  errorsInModals: false,
  spoilers: true,
  showsPairs: true,
  maxUploadBytes: 10_000_000,
  maxPictures: 10,
  buttonRows: 5,
  buttonsPerRow: 5,
  maxTextLength: 2000,
  editWindowSeconds: 3000,
  writesPerMinute: { channel: 60_000, workspace: 60_000 },
};

export const general: Place = {
  platform: "memory",
  workspace: "w1",
  channel: "c1",
  thread: null,
  isDirect: false,
};
export const alice: Member = { id: "alice", name: "Alice", locale: "en", isAdmin: false, groups: [] };

export function createMemoryChat(capabilities: Capabilities = memoryCapabilities): MemoryChat {
  const messages: MemoryMessage[] = [];
  const onTheWay: MemoryMessage[] = [];
  const failures = new Map<string, { failure: ChatFailure; times: number }>();
  let handle: (event: ChatEvent) => Promise<void> = async () => {};
  let counter = 0;

  function failIfTold(method: string): void {
    const told = failures.get(method);
    if (!told || told.times <= 0) return;
    told.times -= 1;
    throw new ChatError(told.failure, `told to fail: ${method}`);
  }

  function checkPictures({ pictures }: ChatMessage): void {
    const { refusesPictures } = chat;
    if (refusesPictures && pictures.length > 0) {
      throw new ChatError(refusesPictures, "no pictures here", { missing: ["attach"] });
    }
    const bytes = pictures.reduce((sum, { path }) => sum + statSync(path).size, 0);
    if (bytes <= chat.takesBytes) return;
    chat.refusals += 1;
    throw new ChatError("too-large", `${bytes} bytes are too many`);
  }

  function requirePlace(channel: string): void {
    if (chat.lost.has(channel)) throw new ChatError("unknown-place", `no channel ${channel}`);
  }

  function require(ref: MessageRef): MemoryMessage {
    const found = messages.find((each) => each.ref.message === ref.message && !each.isRemoved);
    if (!found) throw new ChatError("unknown-message", `no message ${ref.message}`);
    return found;
  }

  const chat: MemoryChat = {
    name: "memory",
    capabilities,
    isConnected: true,
    workspaces: ["w1"],
    messages,
    files: new Map(),
    missing: [],
    answersAlone: false,
    lost: new Set(),
    shared: [],
    avatars: new Map(),
    losesAnswers: 0,
    cutsPosts: 0,
    sent: [],
    arrive() {
      messages.push(...onTheWay.splice(0));
    },
    takesBytes: Number.POSITIVE_INFINITY,
    refusesPictures: null,
    refusals: 0,
    failNext(method, failure, times = 1) {
      failures.set(method, { failure, times });
    },
    async start(handler) {
      handle = handler;
    },
    async abilitiesIn() {
      return { missing: chat.missing, maxUploadBytes: capabilities.maxUploadBytes };
    },
    async directPlace(member) {
      failIfTold("directPlace");
      return { platform: "memory", workspace: null, channel: `dm-${member}`, thread: null, isDirect: true };
    },
    async post(place, message, { key, replyTo }) {
      failIfTold("post");
      chat.sent.push(key);
      requirePlace(place.channel);
      checkMessage(message, capabilities);
      checkPictures(message);
      const ref = {
        platform: "memory",
        workspace: place.workspace,
        channel: place.channel,
        message: `m${++counter}`,
        thread: null,
      };
      const isCut = chat.cutsPosts-- > 0;
      (isCut ? onTheWay : messages).push({
        ref,
        key,
        replyTo: replyTo?.message ?? null,
        revisions: [message],
        reactions: [],
        isRemoved: false,
      });
      if (isCut) throw new ChatError("unavailable", "the connection was cut", { mayStillArrive: true });
      if (chat.losesAnswers-- > 0) throw new ChatError("unavailable", "the answer was lost");
      return ref;
    },
    async findPosted(place, key) {
      return (
        messages.find((each) => each.key === key && each.ref.channel === place.channel && !each.isRemoved)
          ?.ref ?? null
      );
    },
    async edit(ref, message) {
      failIfTold("edit");
      requirePlace(ref.channel);
      checkMessage(message, capabilities);
      checkPictures(message);
      require(ref).revisions.push(message);
    },
    async remove(ref) {
      failIfTold("remove");
      const found = messages.find((each) => each.ref.message === ref.message);
      if (found) found.isRemoved = true;
    },
    async react(ref, emojis) {
      failIfTold("react");
      require(ref).reactions.push(...emojis);
    },
    async addressed(url) {
      if (!url.startsWith("https://memory.example/"))
        throw new EditError("attachment-refused", `Expected an address of the chat's own, got ${url}.`);
      return { picture: pictureAt(url.slice("https://memory.example".length)) };
    },
    async avatarOf(member) {
      const file = chat.avatars.get(member);
      return file === undefined ? null : pictureAt(file);
    },
    async picturesIn(ref) {
      return chat.shared.find(({ message }) => message.message === ref.message)?.pictures ?? [];
    },
    async pictureMessages(place) {
      const own = messages.filter(
        ({ isRemoved, revisions }) => !isRemoved && revisions.at(-1)?.pictures.length,
      );
      return [...own.map(({ ref }) => ref), ...chat.shared.map(({ message }) => message)]
        .filter(({ channel }) => channel === place.channel)
        .reverse();
    },
    async save(attachment, file) {
      await copyFile(chat.files.get(attachment.url) ?? attachment.url, file);
    },
    async send(event, member = {}) {
      const answers = createAnswers(capabilities.errorsInModals);
      const full = {
        id: `e${++counter}`,
        receivedAt: Date.now(),
        place: general,
        member: { ...alice, ...member },
        options: {},
        pictures: [],
        fields: {},
        isNamed: true,
        respond: {
          ...answers.responder,
          get isAlive() {
            return answers.isAlive;
          },
          ...(chat.answersAlone && event.kind === "mention"
            ? { sayAlone: async (message: ChatMessage) => void answers.saidAlone.push(message) }
            : {}),
        },
        ...event,
      } as unknown as ChatEvent;
      await handle(full);
      return answers;
    },
    shown(index = messages.length - 1) {
      const post = messages[index];
      const message = post?.revisions.at(-1);
      if (!post || !message) throw new Error(`no message ${index}`);
      return { post, message, text: plainTextOf(message.text) };
    },
    async [Symbol.asyncDispose]() {},
  };
  return chat;
}

function createAnswers(canRefuse: boolean): Answers & { responder: Responder } {
  const answers: Answers & { responder: Responder } = {
    acknowledged: "no",
    modal: null,
    refused: null,
    said: [],
    saidAlone: [],
    inPlace: [],
    isAlive: true,
    get text() {
      return answers.said.map(({ text }) => plainTextOf(text)).join("\n---\n");
    },
    responder: {
      get isAlive() {
        return answers.isAlive;
      },
      async acknowledge() {
        if (answers.acknowledged === "no") answers.acknowledged = "seen";
      },
      async acknowledgeSilently() {
        if (answers.acknowledged === "no") answers.acknowledged = "silently";
      },
      async openModal(modal) {
        if (answers.acknowledged !== "no") throw new Error("a modal cannot follow an acknowledgement");
        answers.modal = modal;
      },
      async refuseFields(texts) {
        if (!canRefuse || answers.acknowledged !== "no") return false;
        answers.refused = texts;
        return true;
      },
      async say(message, { isInPlace = false } = {}) {
        if (!answers.isAlive) throw new ChatError("expired", "too late");
        (isInPlace && answers.acknowledged === "silently" ? answers.inPlace : answers.said).push(message);
      },
    },
  };
  return answers;
}

/** What every platform would refuse. */
function checkMessage({ buttons, pictures }: ChatMessage, capabilities: Capabilities): void {
  const wrong =
    buttons.length > capabilities.buttonRows ||
    buttons.some((row) => row.length === 0 || row.length > capabilities.buttonsPerRow) ||
    buttons.flat().some(({ id, label }) => id.length > 100 || label.length > 75 || label === "") ||
    new Set(buttons.flat().map(({ id }) => id)).size !== buttons.flat().length ||
    pictures.length > capabilities.maxPictures ||
    pictures.some(({ alt }) => alt.length > 1024);
  if (wrong) throw new ChatError("rejected", "a message that no platform takes");
}

export function pictureAt(file: string): Attachment {
  return { id: "a1", fileName: "photo.png", url: file, contentType: "image/png", bytes: null };
}
