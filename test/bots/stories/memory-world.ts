import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ChatButton, ChatMessage, Member, Modal, ModalField, Place } from "../../../src/bots/chat.ts";
import type { MentionEvent } from "../../../src/bots/context.ts";
import { calledIn, plainTextOf } from "../../../src/locales/rich-text.ts";
import {
  type Answers,
  createMemoryChat,
  general,
  type MemoryMessage,
  memoryCapabilities,
  alice as somebody,
} from "../memory-chat.ts";
import { type Answer, filledFields, type Person, type Room, type Seen, type World } from "./world.ts";

/** The chat in memory as people see it: one room, and conversations of the bot and one person. */
export async function createMemoryWorld(): Promise<World> {
  const chat = createMemoryChat({ ...memoryCapabilities, errorsInModals: true });
  const folder = mkdtempSync(join(tmpdir(), "lrbot-memory-"));
  const square: Room = { id: general.channel };
  const placeOf = (room: Room = square): Place => ({ ...general, channel: room.id });
  const directOf = ({ id }: Member): Place => ({
    ...general,
    ...{ workspace: null, channel: `dm-${id}`, isDirect: true },
  });

  const picture = (bytes: Uint8Array) => {
    const id = randomUUID();
    const url = join(folder, id);
    writeFileSync(url, bytes);
    return { id, fileName: "photo.png", url, contentType: "image/png", bytes: bytes.length };
  };
  const post = (place: Place) => ({ ...place, message: randomUUID() });

  function personOf(member: Member): Person {
    const send = (event: Parameters<typeof chat.send>[0], place: Place) =>
      chat.send({ place, ...event }, member);
    /** What is said to a mention is read by everybody there. */
    const say = async (
      mention: Pick<MentionEvent, "text" | "replyTo"> &
        Partial<Pick<MentionEvent, "isNamed" | "named" | "pictures">>,
      place: Place,
    ) => {
      const message = post(place);
      const answers = await send({ kind: "mention", message, ...mention }, place);
      for (const each of answers.said)
        await chat.post(place, each, {
          key: randomUUID(),
          replyTo: message,
          signal: new AbortController().signal,
        });
    };
    const answerIn = (answers: Answers, place: Place): Answer => {
      const all = () => [...answers.said, ...answers.inPlace];
      const pressed = async (label: string | RegExp) => {
        const button = await world.until(() => buttonIn(all(), label), `a button ${label}`);
        return send({ kind: "button", button: button.id, message: post(place) }, place);
      };
      const refused = () => Object.values(answers.refused ?? {});
      return {
        acknowledgedAfter: answers.acknowledged === "no" ? null : 0,
        get text() {
          return [...refused(), ...all().map(({ text }) => plainTextOf(text))].join("\n---\n");
        },
        get buttons() {
          return all().flatMap(({ buttons }) => buttons.flat().map(({ label }) => label));
        },
        get pictures() {
          return all().reduce((sum, { pictures }) => sum + pictures.length, 0);
        },
        get picture() {
          const path = all().findLast(({ pictures }) => pictures.length > 0)?.pictures[0]?.path;
          return path === undefined ? null : readFileSync(path);
        },
        file: null,
        press: async (label) => answerIn(await pressed(label), place),
        async fill(label, choices, mended) {
          const modal = modalOf(await pressed(label));
          const first = await submit(modal, choices, place);
          return answerIn(mended ? await submit(modal, mended, place) : first, place);
        },
      };
    };
    const submit = (modal: Modal, filled: Readonly<Record<string, string | number>>, place: Place) => {
      const fields = {
        ...Object.fromEntries(modal.fields.flatMap(standing)),
        ...filledFields(
          filled,
          modal.fields.map(({ name }) => name),
        ),
      };
      return send({ kind: "modal", modal: modal.id, fields }, place);
    };
    const press = ({ handle }: Seen, label: string | RegExp) => {
      const { ref, revisions } = handle as MemoryMessage;
      const button = buttonIn(revisions.slice(-1), label);
      if (!button) throw new Error(`Expected a button ${label}, got none.`);
      return send({ kind: "button", button: button.id, message: ref }, placeIn(ref));
    };
    const placeIn = ({ channel, workspace }: MemoryMessage["ref"]): Place => ({
      ...general,
      ...{ channel, workspace, isDirect: workspace === null },
    });

    return {
      id: member.id,
      async edit({ prompt, picture: bytes, room, isPrivate, showsBox, choices }) {
        const options = {
          ...{ prompt, ...choices },
          ...(isPrivate ? { private: true } : {}),
          ...(showsBox ? { overlay: true } : {}),
        };
        const place = placeOf(room);
        const pictures = [picture(bytes)];
        return answerIn(await send({ kind: "command", name: "edit", options, pictures }, place), place);
      },
      async editFromMenu({ handle }, prompt, seeds) {
        const event = { kind: "message-action", ...(handle as object) } as const;
        const modal = modalOf(await send(event, placeOf()));
        const first = await submit(modal, { prompt, ...(seeds ? { seed: seeds.seed } : {}) }, placeOf());
        if (seeds) await submit(modal, { prompt, seed: seeds.mendedSeed }, placeOf());
        return answerIn(first, placeOf());
      },
      async checkMarks({ handle }) {
        const event = { kind: "mark-check", ...(handle as object) } as const;
        return answerIn(await send(event, placeOf()), placeOf());
      },
      async share(bytes, room) {
        const shared = { message: post(placeOf(room)), pictures: [picture(bytes)] };
        chat.shared.push(shared);
        return { handle: shared };
      },
      async mention(text, { room, picture: bytes, others = [], replyTo, naming }) {
        const pictures = [...(bytes ? [bytes] : []), ...others].map(picture);
        const place = placeOf(room);
        const answered = replyTo ? (replyTo.handle as MemoryMessage).ref : null;
        const named = naming ? [naming.id] : [];
        await say({ text, named, pictures, replyTo: answered }, place);
      },
      async tell(text) {
        const place = directOf(member);
        await say({ isNamed: false, text, replyTo: null }, place);
      },
      async reply({ handle }, text) {
        const { ref } = handle as MemoryMessage;
        const place = placeIn(ref);
        await say({ isNamed: false, text, replyTo: ref }, place);
      },
      async command(name, options = {}, room) {
        return answerIn(await send({ kind: "command", name, options }, placeOf(room)), placeOf(room));
      },
      press: async (message, label) =>
        answerIn(await press(message, label), placeIn((message.handle as MemoryMessage).ref)),
      async pressAndSay(message, label, prompt, choices = {}) {
        const place = placeIn((message.handle as MemoryMessage).ref);
        const modal = modalOf(await press(message, label));
        return answerIn(await submit(modal, { prompt, ...choices }, place), place);
      },
      react: ({ handle }, emoji) => void reacted(handle, emoji, true),
      unreact: ({ handle }, emoji) => void reacted(handle, emoji, false),
      direct: () => seenIn(directOf(member).channel),
      refuseDirectMessages: () => false,
    };

    function reacted(handle: unknown, emoji: string, isAdded: boolean) {
      const { ref } = handle as MemoryMessage;
      return send({ kind: "reaction", emoji, isAdded, message: ref }, placeIn(ref));
    }
  }

  function seenIn(channel: string): Seen[] {
    return chat.messages.filter(({ ref, isRemoved }) => ref.channel === channel && !isRemoved).map(seenOf);
  }

  const world: World = {
    square,
    closed: null,
    thread: () => square,
    connect: () => chat,
    person: (name, { locale = "en", isAdmin = false } = {}) =>
      personOf({ ...somebody, id: name, name, locale, isAdmin }),
    moderator: () => null,
    addressOf: ({ handle }) =>
      `https://memory.example${(handle as (typeof chat.shared)[number]).pictures[0]?.url}`,
    setAvatar({ id }, bytes) {
      chat.avatars.set(id, picture(bytes).url);
      return true;
    },
    violations: [],
    hasSinglePictures: false,
    showsOthersPictures: true,
    messages: ({ id }) => seenIn(id),
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
      rmSync(folder, { recursive: true });
    },
  };
  return world;
}

function modalOf({ modal, said }: Answers): Modal {
  if (modal) return modal;
  throw new Error(`Expected a form, got ${said.map(({ text }) => plainTextOf(text)).join()}.`);
}

/** What is sent of a field that nobody touched. */
function standing(field: ModalField): [string, string | string[]][] {
  if (field.kind === "picture") return [];
  if (field.kind === "text") return [[field.name, field.value]];
  const chosen = field.choices.filter(({ isOn }) => isOn).map(({ value }) => value);
  return [[field.name, field.kind === "toggles" ? chosen : (chosen[0] ?? field.choices[0]?.value ?? "")]];
}

function buttonIn(messages: readonly ChatMessage[], wanted: string | RegExp): ChatButton | undefined {
  const isIt = ({ label }: ChatButton) =>
    typeof wanted === "string" ? label === wanted : wanted.test(label);
  return messages.map(({ buttons }) => buttons.flat().find(isIt)).findLast((button) => button !== undefined);
}

function seenOf(message: MemoryMessage): Seen {
  const { ref, revisions, reactions, replyTo } = message;
  const history = revisions.map(({ text }) => plainTextOf(text));
  const latest = revisions.at(-1);
  return {
    id: ref.message,
    text: history.at(-1) ?? "",
    pictures: (latest?.pictures ?? []).map(({ alt, isSpoiler, path }) => ({
      ...{ alt, isSpoiler },
      get bytes() {
        return readFileSync(path);
      },
    })),
    buttons: (latest?.buttons ?? []).flat().map(({ label }) => label),
    reactions: new Map(reactions.map((emoji) => [emoji, 1])),
    times: revisions.map((_, index) => index),
    history,
    pings: latest ? calledIn(latest.text) : [],
    replyTo,
    handle: message,
  };
}
