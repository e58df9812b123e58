import { randomUUID } from "node:crypto";
import type { z } from "zod";
import { EditError } from "../../../errors.ts";
import type { RichText } from "../../../locales/rich-text.ts";
import type { Attachment, ChatEvent, ChatMessage, Member, MessageRef, Responder } from "../../chat.ts";
import type { CommandSpec } from "../../commands/command-spec.ts";
import { createEventHandling } from "../../event-handling.ts";
import { createReplyResponder } from "../../reply-responder.ts";
import { contentSchema } from "../outgoing/content.ts";
import type { Outgoing } from "../outgoing/outgoing.ts";
import type { People } from "../people.ts";
import { messageRefIn, ownRoomOf, placeOf, platformName, sharedRoom } from "../places.ts";
import type {
  drawnBoxSchema,
  formSchema,
  menuSchema,
  pressSchema,
  Reply,
  reactionSchema,
  saySchema,
} from "../protocol.ts";
import type { Answers } from "./answers.ts";
import { createExchange } from "./responder.ts";
import { readTyped } from "./typed.ts";
import type { Uploads } from "./uploads.ts";

export interface IncomingParts {
  readonly outgoing: Outgoing;
  readonly answers: Answers;
  readonly uploads: Uploads;
  readonly people: People;
  readonly specs: readonly CommandSpec[];
  /** There is a room that everybody reads. */
  readonly isShared: boolean;
  readonly onAcknowledged: (milliseconds: number) => void;
  readonly clock: () => number;
  readonly monotonic: () => number;
  /** A person may have had everything forgotten. */
  readonly onForgotten: (member: string) => void;
}

/** Who asks, in the port's words. */
export type Asker = Member;

/** What people do on the page, made events of the bot. Each method resolves once the bot has taken it. */
export interface Incoming {
  listen(handle: (event: ChatEvent) => Promise<void>): void;
  /** Takes no more, and resolves when all that was taken is handled. */
  stop(): Promise<void>;
  say(asker: Asker, said: z.output<typeof saySchema>): Promise<Reply>;
  press(asker: Asker, pressed: z.output<typeof pressSchema>): Promise<Reply>;
  submit(asker: Asker, form: z.output<typeof formSchema>): Promise<Reply>;
  drawBox(asker: Asker, drawn: z.output<typeof drawnBoxSchema>): Promise<Reply>;
  openMenu(asker: Asker, menu: z.output<typeof menuSchema>): Promise<Reply>;
  react(asker: Asker, reaction: z.output<typeof reactionSchema>): Promise<void>;
  /** Runs a command to its end and gives what it said: for the operator's view. */
  run(
    asker: Asker,
    command: { readonly name: string; readonly options: Readonly<Record<string, string | number | boolean>> },
  ): Promise<readonly RichText[]>;
}

/** How the bot is called in a room that others read too. */
const callSign = /(?:^|\s)@lrbot\b/giu;

/** The button that confirms `/forget`; whether it is one of ours the bot says. */
const forgets = /^lr1\.forget\./;

type EventBody<Kind extends ChatEvent["kind"]> = Omit<
  Extract<ChatEvent, { readonly kind: Kind }>,
  "id" | "receivedAt" | "place" | "member" | "respond"
>;
type Body = { [Kind in Exclude<ChatEvent["kind"], "reaction">]: EventBody<Kind> }[Exclude<
  ChatEvent["kind"],
  "reaction"
>];

export function createIncoming(parts: IncomingParts): Incoming {
  const { outgoing, answers, uploads, people, specs, clock, monotonic } = parts;
  const handling = createEventHandling();
  let handle: (event: ChatEvent) => Promise<void> = async () => {};

  /** @throws EditError `reference-invalid` where the person does not read the room */
  function placeFor(asker: Asker, room: string) {
    if (room === ownRoomOf(asker.id) || (parts.isShared && room === sharedRoom)) return placeOf(room);
    throw new EditError("reference-invalid", "Expected a room that this person reads, got another.");
  }

  async function pictureOf(
    asker: Asker,
    { picture, example = null }: { readonly picture: string | null; readonly example?: string | null },
  ): Promise<readonly Attachment[]> {
    if (picture !== null) return [await uploads.attachmentOf(asker.id, picture, "picture")];
    return example === null ? [] : [uploads.exampleOf(example)];
  }

  /** Hands an event over, and resolves with how it is first answered. */
  async function exchange(
    asker: Asker,
    room: string,
    body: Body,
    options: { readonly answer?: string | null } = {},
  ): Promise<Reply> {
    const place = placeFor(asker, room);
    const begunAt = monotonic();
    const { id, responder, first, end } = createExchange({
      isForm: body.kind === "modal",
      onAcknowledged: () => parts.onAcknowledged(monotonic() - begunAt),
      show: (to, message, isInPlace) =>
        answers.show({
          ...{ member: asker.id, room, to, message },
          replaces: isInPlace ? (options.answer ?? null) : null,
        }),
    });
    const event = { id, receivedAt: clock(), place, member: asker, respond: responder, ...body } as ChatEvent;
    handling.begin(async () => {
      await handle(event).finally(end);
      if (body.kind === "button" && forgets.test(body.button)) parts.onForgotten(asker.id);
    });
    return { id, ...(await first) } as Reply;
  }

  /** A person's message that calls the bot, which answers by messages of its own. */
  async function mention(
    asker: Asker,
    message: MessageRef,
    body: Omit<EventBody<"mention">, "kind" | "message">,
  ): Promise<Reply> {
    const place = placeOf(message.channel);
    const id = randomUUID();
    const replies = createReplyResponder(async (answer: ChatMessage, number) => {
      const signal = AbortSignal.timeout(60_000);
      await outgoing.post(place, answer, { key: `m${message.message}-${number}`, replyTo: message, signal });
    });
    const respond: Responder = {
      ...replies,
      sayAlone: (answer) =>
        answers.show({ member: asker.id, room: place.channel, to: id, message: answer, replaces: null }),
    };
    const event: ChatEvent = {
      id,
      receivedAt: clock(),
      place,
      member: asker,
      kind: "mention",
      message,
      respond,
      ...body,
    };
    handling.begin(() => handle(event));
    return { id, kind: "working" };
  }

  async function sayToRoom(asker: Asker, said: z.output<typeof saySchema>): Promise<Reply> {
    const { room, text, replyTo } = said;
    const place = placeFor(asker, room);
    const pictures = await pictureOf(asker, said);
    const answered = replyTo === null ? null : await outgoing.find({ channel: room, message: replyTo });
    const message = await outgoing.say({
      ...{ room, text, attachment: pictures[0] ?? null, replyTo: answered ? String(answered.id) : null },
      author: `${platformName}:${asker.id}`,
    });
    const isNamed = text.search(callSign) >= 0;
    const isToBot = place.isDirect || isNamed || (answered !== null && answered.author === null);
    if (!isToBot) return { id: message.message, kind: "silent" };
    return mention(asker, message, {
      ...{ isNamed, text: text.replace(callSign, " ").trim(), pictures },
      replyTo: answered ? messageRefIn(room, String(answered.id)) : null,
    });
  }

  return {
    listen(taker) {
      handle = taker;
    },
    stop: handling.stop,
    async say(asker, said) {
      const line = said.text.trim();
      if (!line.startsWith("/")) return sayToRoom(asker, said);
      const typed = await readTyped(line.slice(1), specs, people);
      if (typed.kind === "misread") return exchange(asker, said.room, typed);
      const { box } = said;
      const drawn = box ? { box: [box.left, box.top, box.width, box.height].join(",") } : {};
      const options = typed.name === "edit" ? { ...typed.options, ...drawn } : typed.options;
      return exchange(asker, said.room, { ...typed, options, pictures: await pictureOf(asker, said) });
    },
    async press(asker, { room, button, message, answer }) {
      const shown = message ?? "0";
      return exchange(
        asker,
        room,
        { kind: "button", button, message: messageRefIn(room, shown) },
        { answer },
      );
    },
    async submit(asker, { room, form, fields, picture }) {
      const pictures = await pictureOf(asker, { picture });
      return exchange(asker, room, { kind: "modal", modal: form, fields, pictures });
    },
    drawBox: (asker, { room, job, box, prompt, seed }) =>
      exchange(asker, room, { kind: "box", job, box, prompt, seed }),
    async openMenu(asker, { room, message, action }) {
      placeFor(asker, room);
      const kept = await outgoing.find({ channel: room, message });
      if (!kept) throw new EditError("reference-expired", `Expected message ${message}, got none.`);
      const { attachment } = contentSchema.parse(kept.content);
      const ref = messageRefIn(room, message);
      return exchange(asker, room, {
        ...{ kind: action === "marks" ? "mark-check" : "message-action" },
        ...{ message: ref, pictures: attachment ? [attachment] : [] },
      });
    },
    async react(asker, { room, message, emoji, isAdded }) {
      const place = placeFor(asker, room);
      const ref = messageRefIn(room, message);
      const reaction = { emoji, isAdded, member: asker.id };
      if (!(await outgoing.noteReaction(ref, reaction))) {
        throw new EditError("reference-expired", `Expected message ${message}, got none.`);
      }
      const id = randomUUID();
      const event = {
        id,
        receivedAt: clock(),
        place,
        member: asker,
        kind: "reaction",
        message: ref,
      } as const;
      handling.begin(() => handle({ ...event, emoji, isAdded }));
    },
    run(asker, { name, options }) {
      const texts: RichText[] = [];
      const { id, responder } = createExchange({
        ...{ isForm: false, onAcknowledged: () => {} },
        show: async (_, { text }) => void texts.push(text),
      });
      const place = placeOf(ownRoomOf(asker.id));
      const event: ChatEvent = {
        ...{ id, receivedAt: clock(), place, member: asker, respond: responder },
        ...{ kind: "command", name, options, pictures: [] },
      };
      return new Promise((resolve) => {
        handling.begin(() => handle(event).finally(() => resolve(texts)));
      });
    },
  };
}
