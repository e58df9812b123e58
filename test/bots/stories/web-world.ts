import type { Modal, ModalField } from "../../../src/bots/chat.ts";
import { commandsFor } from "../../../src/bots/commands/index.ts";
import { sharedRoom } from "../../../src/bots/web/places.ts";
import type { PageAnswer, PageMessage, Problem, Reply } from "../../../src/bots/web/protocol.ts";
import { createWeb } from "../../../src/bots/web/web.ts";
import { calledIn, plainTextOf } from "../../../src/locales/rich-text.ts";
import { type Answered, openPage, type PageClient } from "../web/page-client.ts";
import {
  type Answer,
  type Choices,
  filledFields,
  offer,
  type Person,
  type Posted,
  type Room,
  type Seen,
  type SeenPicture,
  type World,
} from "./world.ts";

/** The page as people see it: the real server on this machine, each person behind a proxy that says who they are. */
export async function createWebWorld(): Promise<World> {
  const square: Room = { id: sharedRoom };
  const violations: unknown[] = [];
  let origin = "";
  const people: PageReader[] = [];
  let served: Promise<{ readonly url: string; readonly operatorToken: string }> = new Promise(() => {});

  const reader = (name: string, locale = "en", isAdmin = false) => {
    const made = createReader({ name, locale, isAdmin, served: () => served, violations });
    people.push(made);
    return made;
  };
  const observer = reader("observer");

  return {
    square,
    closed: null,
    thread: () => square,
    connect(services, parts) {
      let tell: (told: { readonly url: string; readonly operatorToken: string }) => void = () => {};
      served = new Promise((resolve) => {
        tell = resolve;
      });
      void served.then(({ url }) => {
        origin = url;
      });
      for (const each of people) each.reopen();
      return createWeb({
        ...{
          services,
          parts,
          specs: commandsFor(offer),
          pageFolder: "/nowhere",
          examples: [],
          version: "test",
        },
        settings: {
          ...{ host: "127.0.0.1", port: 0, origin: null, isShared: true, proxies: ["127.0.0.1"] },
          access: { kind: "proxy", header: "X-User" },
        },
        onListening: tell,
      });
    },
    person: (name, { locale = "en", isAdmin = false } = {}) => personOf(reader(name, locale, isAdmin)),
    moderator: () => null,
    addressOf: ({ handle }) => `${origin}/api/messages/${handle}/pictures/0`,
    setAvatar: () => false,
    violations,
    hasSinglePictures: true,
    showsOthersPictures: true,
    messages: ({ id }) => observer.seenIn(id),
    troublePosting: () => false,
    troublePictures: () => false,
    refuseNextPost: () => false,
    loseSquare: () => false,
    age: () => false,
    async until(look, what) {
      const deadline = Date.now() + 20_000;
      for (;;) {
        const found = await look();
        if (found) return found as never;
        if (Date.now() > deadline) throw new Error(`Expected ${what}, got none in time.`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    async [Symbol.asyncDispose]() {
      for (const each of people) each.close();
    },
  };
}

interface Shown {
  message: PageMessage;
  pictures: readonly SeenPicture[];
  readonly history: string[];
  readonly times: number[];
  readonly pings: readonly string[];
}
interface Slot {
  readonly to: string;
  answer: PageAnswer;
  pictures: readonly SeenPicture[];
}

/** One person's page: what stands in its rooms, kept up to date by the stream of events. */
interface PageReader {
  readonly name: string;
  page(): Promise<PageClient>;
  reopen(): void;
  seenIn(room: string): readonly Seen[];
  readonly slots: readonly Slot[];
  ask(
    path: string,
    body: object,
  ): Promise<{ readonly reply: Reply; readonly milliseconds: number; readonly refused: string }>;
  close(): void;
}

function createReader(options: {
  readonly name: string;
  readonly locale: string;
  readonly isAdmin: boolean;
  readonly served: () => Promise<{ readonly url: string; readonly operatorToken: string }>;
  readonly violations: unknown[];
}): PageReader {
  const { name, locale, isAdmin, served, violations } = options;
  const rooms = new Map<string, Map<string, Shown>>();
  const slots: Slot[] = [];
  const cookies = new Map<string, string>();
  let client: Promise<PageClient>;
  let timer: NodeJS.Timeout | null = null;

  async function open(): Promise<PageClient> {
    const { url, operatorToken } = await served();
    const headers = { "x-user": name, "accept-language": locale };
    const page = await openPage(url, headers, cookies);
    if (isAdmin) await page.post("/api/operator/login", { token: operatorToken });
    await page.listen();
    for (const { id } of page.session.rooms) {
      const left = new Set<string>();
      for (const message of await page.messages(id)) {
        left.add(message.id);
        await put(page, message);
      }
      for (const known of rooms.get(id)?.keys() ?? []) if (!left.has(known)) rooms.get(id)?.delete(known);
    }
    let read = 0;
    let following = Promise.resolve();
    if (timer) clearInterval(timer);
    timer = setInterval(() => {
      for (; read < page.heard.length; read++) {
        const event = page.heard[read];
        if (event) following = following.then(() => follow(page, event)).catch(() => {});
      }
    }, 5);
    return page;
  }

  async function follow(page: PageClient, event: PageClient["heard"][number]): Promise<void> {
    if (event.name === "message") await put(page, event.data);
    else if (event.name === "removed") rooms.get(event.data.room)?.delete(event.data.id);
    else if (event.name === "answer") {
      const pictures = await fetched(page, event.data.pictures);
      const before = slots.find(({ answer }) => answer.id === event.data.replaces);
      if (before) Object.assign(before, { answer: event.data, pictures });
      else slots.push({ to: event.data.to, answer: event.data, pictures });
    }
  }

  async function put(page: PageClient, message: PageMessage): Promise<void> {
    const room = rooms.get(message.room) ?? new Map<string, Shown>();
    rooms.set(message.room, room);
    const text = plainTextOf(message.text, (id) => message.names[id] ?? null);
    const at = message.editedAt ?? message.postedAt;
    const pictures = await fetched(page, message.pictures);
    const before = room.get(message.id);
    if (!before) {
      const pings = calledIn(message.text);
      room.set(message.id, { message, pictures, history: [text], times: [at], pings });
      return;
    }
    if (before.history.at(-1) !== text) before.history.push(text);
    if (before.times.at(-1) !== at) before.times.push(at);
    Object.assign(before, { message, pictures });
  }

  async function fetched(page: PageClient, pictures: PageMessage["pictures"]): Promise<SeenPicture[]> {
    return Promise.all(
      pictures.map(async ({ url, alt, isSpoiler }) => ({
        alt,
        isSpoiler,
        bytes: (await page.bytes(url)).bytes,
      })),
    );
  }

  function reopen(): void {
    void client?.then((page) => page.close()).catch(() => {});
    client = open();
    client.catch(() => {});
  }
  client = open();
  client.catch(() => {});

  return {
    name,
    page: () => client,
    reopen,
    slots,
    seenIn: (room) =>
      [...(rooms.get(room)?.values() ?? [])]
        .filter(({ message }) => message.author === null)
        .toSorted((a, b) => Number(a.message.id) - Number(b.message.id))
        .map(seenOf),
    async ask(path, body) {
      const page = await client;
      const start = performance.now();
      const { status, body: answer }: Answered<Reply & Problem> = await page.post(path, body);
      if (status >= 500) violations.push({ path, body, answer });
      const milliseconds = performance.now() - start;
      return { reply: answer, milliseconds, refused: status >= 400 ? answer.text : "" };
    },
    close() {
      if (timer) clearInterval(timer);
      void client.then((page) => page.close()).catch(() => {});
    },
  };
}

function seenOf({ message, pictures, history, times, pings }: Shown): Seen {
  return {
    id: message.id,
    text: history.at(-1) ?? "",
    pictures,
    buttons: message.buttons.flat().map(({ label }) => label),
    reactions: new Map(Object.entries(message.reactions)),
    ...{ times, history, pings },
    replyTo: message.replyTo,
    handle: message,
  };
}

/** What the page sends of a field that nobody touched. */
function standing(field: ModalField): [string, string | string[]][] {
  if (field.kind === "picture") return [];
  if (field.kind === "text") return [[field.name, field.value]];
  const chosen = field.choices.filter(({ isOn }) => isOn).map(({ value }) => value);
  return [[field.name, field.kind === "toggles" ? chosen : (chosen[0] ?? field.choices[0]?.value ?? "")]];
}

function personOf(reader: PageReader): Person {
  const room = (given: Room | undefined) => given?.id ?? sharedRoom;

  async function uploaded(
    picture: Uint8Array,
  ): Promise<{ readonly id: string | null; readonly refused: string }> {
    const { status, body } = await (await reader.page()).upload(picture);
    return status === 201 ? { id: body.id, refused: "" } : { id: null, refused: body.text };
  }
  async function say(body: object): Promise<Answer> {
    return answerOf(await reader.ask("/api/say", body));
  }
  /** `more` is said where the request itself was refused, or a field of a form. */
  function answerOf(
    { reply, milliseconds, refused }: Awaited<ReturnType<PageReader["ask"]>>,
    more: readonly string[] = [],
  ): Answer {
    const mine = () => reader.slots.filter(({ to }) => to === reply.id);
    const isIt = (label: string | RegExp) => (each: { readonly label: string }) =>
      typeof label === "string" ? each.label === label : label.test(each.label);
    async function pressedIn(label: string | RegExp) {
      for (;;) {
        const slot = mine().findLast(({ answer }) => answer.buttons.flat().some(isIt(label)));
        const button = slot?.answer.buttons.flat().find(isIt(label));
        if (slot && button) {
          const { room: where, id: answer } = slot.answer;
          return {
            room: where,
            pressed: await reader.ask("/api/press", { room: where, button: button.id, answer }),
          };
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    return {
      acknowledgedAfter: refused === "" ? milliseconds : null,
      get text() {
        const said = mine().map(({ answer }) => plainTextOf(answer.text, (id) => answer.names[id] ?? null));
        return [...(refused ? [refused] : []), ...more, ...said].join("\n---\n");
      },
      get buttons() {
        return mine().flatMap(({ answer }) => answer.buttons.flat().map(({ label }) => label));
      },
      get pictures() {
        return mine().reduce((sum, { pictures }) => sum + pictures.length, 0);
      },
      get picture() {
        return mine().findLast(({ pictures }) => pictures.length > 0)?.pictures[0]?.bytes ?? null;
      },
      get file() {
        const text = mine().findLast(({ answer }) => answer.document !== null)?.answer.document?.text;
        return text === undefined ? null : Buffer.from(text);
      },
      press: async (label) => answerOf((await pressedIn(label)).pressed),
      async fill(label, choices, mended) {
        const { pressed, room: where } = await pressedIn(label);
        const modal = modalOf(pressed.reply);
        const send = (filled: Choices) =>
          submit(
            where,
            modal,
            filledFields(
              filled,
              modal.fields.map(({ name }) => name),
            ),
          );
        const first = await send(choices);
        const last = mended ? await send(mended) : first;
        const texts = last.reply.kind === "fields" ? Object.values(last.reply.texts) : [];
        return answerOf(last, texts);
      },
    };
  }
  async function pressed({ handle }: Seen, label: string | RegExp) {
    const { id: message, room: where, buttons } = handle as PageMessage;
    const isIt = ({ label: each }: { readonly label: string }) =>
      typeof label === "string" ? each === label : label.test(each);
    const button = buttons.flat().find(isIt);
    if (!button) throw new Error(`Expected a button ${label}, got none.`);
    return reader.ask("/api/press", { room: where, message, button: button.id });
  }
  const submit = (where: string, modal: Modal, fields: object) =>
    reader.ask("/api/forms", {
      ...{ room: where, form: modal.id },
      fields: { ...Object.fromEntries(modal.fields.flatMap(standing)), ...fields },
    });
  const modalOf = (reply: Reply): Modal => {
    if (reply.kind === "form") return reply.modal;
    throw new Error(`Expected a form, got ${reply.kind}.`);
  };

  return {
    id: reader.name,
    async edit({ prompt, picture, room: where, isPrivate = false, showsBox = false, choices = {} }) {
      const { id, refused } = await uploaded(picture);
      if (id === null) return answerOf({ reply: { id: "none", kind: "silent" }, milliseconds: 0, refused });
      const quoted = /["“”]/.test(prompt) ? prompt : `"${prompt}"`;
      const chosen = Object.entries(choices).map(([name, value]) => ` ${name}:"${value}"`);
      const flags = `${chosen.join("")}${isPrivate ? " private" : ""}${showsBox ? " overlay" : ""}`;
      return say({ room: room(where), text: `/edit ${quoted}${flags}`, picture: id });
    },
    async editFromMenu({ handle }, prompt, seeds) {
      const opened = await reader.ask("/api/menu", { room: sharedRoom, message: String(handle) });
      const modal = modalOf(opened.reply);
      const first = await submit(sharedRoom, modal, { prompt, ...(seeds ? { seed: seeds.seed } : {}) });
      if (!seeds) return answerOf(first);
      const texts = first.reply.kind === "fields" ? Object.values(first.reply.texts) : [];
      await submit(sharedRoom, modal, { prompt, seed: seeds.mendedSeed });
      return answerOf(first, texts);
    },
    checkMarks: async ({ handle }) =>
      answerOf(await reader.ask("/api/menu", { room: sharedRoom, message: String(handle), action: "marks" })),
    async share(picture, { id: where }): Promise<Posted> {
      const { id } = await uploaded(picture);
      const { reply } = await reader.ask("/api/say", { room: where, text: "look", picture: id });
      return { handle: reply.id };
    },
    async tell(text) {
      await say({ room: `own-${reader.name}`, text });
    },
    async mention(text, { room: where, picture, replyTo }) {
      const id = picture ? (await uploaded(picture)).id : null;
      await say({ room: where.id, text: `@lrbot ${text}`, picture: id, replyTo: replyTo?.id ?? null });
    },
    async reply({ handle }, text) {
      const { id, room: where } = handle as PageMessage;
      await say({ room: where, text, replyTo: id });
    },
    command(name, options = {}, where) {
      const typed = Object.entries(options).map(([key, value]) =>
        /\s/.test(String(value)) && !/"/.test(String(value)) ? `${key}:"${value}"` : `${key}:${value}`,
      );
      return say({ room: room(where), text: [`/${name}`, ...typed].join(" ") });
    },
    press: async (message, label) => answerOf(await pressed(message, label)),
    async pressAndSay(message, label, prompt, choices = {}) {
      const { reply } = await pressed(message, label);
      const modal = modalOf(reply);
      const names = modal.fields.map(({ name }) => name);
      const fields = { prompt, ...filledFields(choices, names) };
      return answerOf(await submit((message.handle as PageMessage).room, modal, fields));
    },
    react: (message, emoji) => void reacted(message, emoji, true),
    unreact: (message, emoji) => void reacted(message, emoji, false),
    direct: () => reader.seenIn(`own-${reader.name}`),
    refuseDirectMessages: () => false,
  };

  function reacted({ handle }: Seen, emoji: string, isAdded: boolean) {
    const { id: message, room: where } = handle as PageMessage;
    return reader.ask("/api/reactions", { room: where, message, emoji, isAdded });
  }
}
