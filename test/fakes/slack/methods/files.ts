import { z } from "zod";
import { SlackApiError } from "../http/api-error.ts";
import { fileJson, mimetypeOf } from "../payloads/file-json.ts";
import type { FakeFile } from "../types.ts";
import { postable, threadOf } from "./chat.ts";
import { botSees, checkedBlocks } from "./content.ts";
import { type Call, id, json, type Method, method, text, timestamp, whole } from "./method.ts";

export const fileMethods: Record<string, Method> = {
  "files.getUploadURLExternal": method(
    "files:write",
    {
      filename: text.min(1),
      length: whole.min(1),
      alt_txt: text.optional(),
      snippet_type: text.optional(),
    },
    (args, { team, world }) => {
      const altText = args.alt_txt ?? null;
      if (altText !== null && altText.length > 1000) throw new SlackApiError("alt_txt_too_large");
      if (args.length > world.settings.maxUploadBytes) throw new SlackApiError("file_upload_size_restricted");
      const file: FakeFile = {
        id: world.nextId("F"),
        team: team.id,
        user: team.botUser.id,
        name: args.filename,
        title: args.filename,
        bytes: Buffer.alloc(0),
        mimetype: mimetypeOf(args.filename),
        altText,
        createdAt: world.clock.now(),
        shares: [],
        notReadyCalls: world.settings.fileNotReadyCalls,
        readyAt: Number.POSITIVE_INFINITY,
        unknownCalls: world.settings.fileUnknownCalls,
        isGrantedToApp: false,
        needsFileInfo: false,
        state: "uploading",
      };
      world.files.set(file.id, file);
      return { upload_url: `${world.origin}/upload/v1/${file.id}?length=${args.length}`, file_id: file.id };
    },
  ),

  "files.completeUploadExternal": method(
    "files:write",
    {
      files: json(z.array(z.object({ id, title: text.optional(), highlight_type: text.optional() })).min(1)),
      channel_id: id.optional(),
      channels: text.optional(),
      thread_ts: timestamp.optional(),
      initial_comment: text.optional(),
      blocks: json(z.unknown()).optional(),
    },
    (args, call) => {
      const files = args.files.map((entry) => completed(entry.id, entry.title, call));
      const places = args.channel_id !== undefined ? [args.channel_id] : (args.channels?.split(",") ?? []);
      const channels = places.map((place) => postable(place.trim(), call));
      const threads = channels.map((channel) => threadOf(channel, args.thread_ts, call));
      const isIgnored = args.blocks === undefined || args.initial_comment !== undefined;
      const blocks = isIgnored ? [] : checkedBlocks(call.world, call.team, args.blocks);
      for (const file of files) {
        file.state = "complete";
        file.readyAt = call.world.clock.now() + call.world.settings.fileProcessing;
      }
      // Slack shares in the background; the answer knows nothing of the message yet.
      const answer = { files: files.map((file) => ({ id: file.id, title: file.title })) };
      for (const [index, channel] of channels.entries()) {
        call.world.timers.after(call.world.settings.shareDelay, () => {
          call.messages.post({
            channel: channel.id,
            user: call.team.botUser.id,
            botId: call.team.botId,
            threadTs: threads[index] ?? null,
            text: args.initial_comment ?? "",
            blocks,
            files: files.map((file) => file.id),
          });
          for (const file of files) call.events.fileShared(file, channel.id);
        });
      }
      return answer;
    },
  ),

  "files.info": method(
    "files:read",
    {
      file: id,
      count: whole.optional(),
      page: whole.optional(),
      cursor: text.optional(),
      limit: whole.optional(),
    },
    (args, call) => {
      const file = visible(args.file, call);
      if (file.unknownCalls > 0) {
        file.unknownCalls -= 1;
        throw new SlackApiError("file_not_found");
      }
      const answer = fileJson(call.world, file);
      file.notReadyCalls = Math.max(0, file.notReadyCalls - 1);
      return { file: answer, comments: [], response_metadata: { next_cursor: "" } };
    },
  ),

  "files.delete": method("files:write", { file: id }, (args, call) => {
    const file = visible(args.file, call);
    if (file.user !== call.team.botUser.id) throw new SlackApiError("cant_delete_file");
    file.state = "deleted";
    file.bytes = Buffer.alloc(0);
    return {};
  }),
};

function completed(fileId: string, title: string | undefined, { world, team }: Call): FakeFile {
  const file = world.files.get(fileId);
  const isUploaded = file?.state === "uploading" && file.bytes.length > 0 && file.user === team.botUser.id;
  if (file === undefined || !isUploaded) throw new SlackApiError("file_not_found");
  if (title !== undefined) file.title = title;
  return file;
}

function visible(fileId: string, { world, team }: Call): FakeFile {
  const file = world.files.get(fileId);
  if (file === undefined || !botSees(world, team, fileId)) throw new SlackApiError("file_not_found");
  if (file.state === "deleted") throw new SlackApiError("file_deleted");
  return file;
}
