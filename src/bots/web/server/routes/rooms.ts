import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Hono } from "hono";
import { EditError } from "../../../../errors.ts";
import type { MessageStore } from "../../../../store/messages.ts";
import type { Answers } from "../../incoming/answers.ts";
import type { Incoming } from "../../incoming/incoming.ts";
import type { Uploads } from "../../incoming/uploads.ts";
import { contentSchema, pathOf } from "../../outgoing/content.ts";
import type { Outgoing } from "../../outgoing/outgoing.ts";
import { pageMessageOf } from "../../outgoing/page-message.ts";
import type { People } from "../../people.ts";
import { messageNumber, ownRoomOf, sharedRoom } from "../../places.ts";
import {
  addressSchema,
  drawnBoxSchema,
  formSchema,
  type MessagePage,
  menuSchema,
  pressSchema,
  reactionSchema,
  saySchema,
} from "../../protocol.ts";
import { readJson } from "../body.ts";
import { numberIn, type PageContext, type PageEnv, requireMember } from "../context.ts";
import { sendPicture } from "../send-picture.ts";
import type { Streams } from "../streams.ts";

export interface RoomRouteParts {
  readonly incoming: Incoming;
  readonly outgoing: Outgoing;
  readonly answers: Answers;
  readonly uploads: Uploads;
  readonly people: People;
  readonly messages: MessageStore;
  readonly streams: Streams;
  readonly isShared: boolean;
  /** The data folder, absolute. */
  readonly folder: string;
}

/** What is said and done in rooms, and the stream of what happens there. */
export function addRoomRoutes(app: Hono<PageEnv>, parts: RoomRouteParts): void {
  const { incoming, answers, uploads } = parts;

  app.get("/api/events", (context) => {
    const { id } = requireMember(context);
    const { isOperator } = context.get("visitor");
    parts.streams.open(context.env.outgoing, { member: id, isOperator });
    return RESPONSE_ALREADY_SENT;
  });

  app.get("/api/messages", async (context) => context.json(await pageOf(context, parts)));
  app.get("/api/answers", (context) => context.json(answers.of(requireMember(context).id)));

  app.post("/api/say", async (context) => {
    const asker = requireMember(context);
    return context.json(await incoming.say(asker, await readJson(context.env.incoming, saySchema)), 202);
  });
  app.post("/api/press", async (context) => {
    const asker = requireMember(context);
    return context.json(await incoming.press(asker, await readJson(context.env.incoming, pressSchema)), 202);
  });
  app.post("/api/forms", async (context) => {
    const asker = requireMember(context);
    return context.json(await incoming.submit(asker, await readJson(context.env.incoming, formSchema)), 202);
  });
  app.post("/api/boxes", async (context) => {
    const asker = requireMember(context);
    return context.json(
      await incoming.drawBox(asker, await readJson(context.env.incoming, drawnBoxSchema)),
      202,
    );
  });
  app.post("/api/menu", async (context) => {
    const asker = requireMember(context);
    return context.json(
      await incoming.openMenu(asker, await readJson(context.env.incoming, menuSchema)),
      202,
    );
  });
  app.post("/api/reactions", async (context) => {
    const asker = requireMember(context);
    await incoming.react(asker, await readJson(context.env.incoming, reactionSchema));
    return context.body(null, 204);
  });

  app.post("/api/uploads", async (context) => {
    const { id } = requireMember(context);
    const { incoming: request } = context.env;
    const length = request.headers["content-length"];
    return context.json(await uploads.take(id, request, length === undefined ? null : Number(length)), 201);
  });
  app.post("/api/uploads/address", async (context) => {
    const { id } = requireMember(context);
    const { url } = await readJson(context.env.incoming, addressSchema);
    return context.json(await uploads.fetch(id, url, context.req.raw.signal), 201);
  });

  addPictureRoutes(app, parts);
}

function addPictureRoutes(app: Hono<PageEnv>, parts: RoomRouteParts): void {
  const { outgoing, answers, uploads, folder } = parts;
  const send = async (context: PageContext, path: string | null, isForEver = true) => {
    if (path === null) throw new EditError("reference-expired", "Expected a picture that is kept, got none.");
    const isHead = context.req.method === "HEAD";
    await sendPicture(context.env.outgoing, { path, isForEver, isHead, download: null });
    return RESPONSE_ALREADY_SENT;
  };

  app.get("/api/messages/:message/pictures/:index", async (context) => {
    const { message, index } = context.req.param();
    const rooms = roomsOf(requireMember(context).id, parts.isShared);
    for (const channel of rooms) {
      const kept = await outgoing.find({ channel, message });
      if (!kept) continue;
      const { pictures, attachment } = contentSchema.parse(kept.content);
      const picture = pictures[Number(index)];
      if (picture) return send(context, pathOf(picture, folder));
      const author = kept.author?.split(":")[1];
      const isSent = attachment !== null && author !== undefined && Number(index) === pictures.length;
      return send(context, isSent ? uploads.copyOf(author, attachment.id) : null);
    }
    return send(context, null);
  });

  app.get("/api/answers/:answer/pictures/:index", (context) => {
    const { answer, index } = context.req.param();
    const picture = answers.picturesOf(requireMember(context).id, answer)[Number(index)];
    return send(context, picture ? pathOf(picture, folder) : null);
  });

  app.get("/api/uploads/:id", (context) =>
    send(context, uploads.copyOf(requireMember(context).id, context.req.param("id"))),
  );
  app.get("/api/examples/:name", (context) => {
    requireMember(context);
    return send(context, uploads.exampleFile(context.req.param("name")), false);
  });
}

/** Rooms that a person reads; their own comes first. */
function roomsOf(member: string, isShared: boolean): readonly string[] {
  return [ownRoomOf(member), ...(isShared ? [sharedRoom] : [])];
}

/** @throws EditError `reference-invalid` of a room that the person does not read */
async function pageOf(
  context: PageContext,
  { messages, people, isShared }: RoomRouteParts,
): Promise<MessagePage> {
  const rooms = roomsOf(requireMember(context).id, isShared);
  const room = context.req.query("room") ?? rooms[0] ?? "";
  if (!rooms.includes(room))
    throw new EditError("reference-invalid", "Expected a room that this person reads, got another.");
  const limit = numberIn(context, "limit", { standard: 50, most: 500 });
  const before = messageNumber(context.req.query("before") ?? "");
  const words = (context.req.query("search") ?? "").slice(0, 200).split(/\s+/u).filter(Boolean);
  const found = await messages.list({ room, words, limit, ...(before === null ? {} : { before }) });
  return {
    messages: await Promise.all(found.toReversed().map((kept) => pageMessageOf(kept, people))),
    earlier: found.length === limit ? String(found.at(-1)?.id) : null,
  };
}
