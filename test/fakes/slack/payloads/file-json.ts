import type { FakeFile, Id, Json } from "../types.ts";
import type { World } from "../world/world.ts";
import { pictureSize } from "./picture-size.ts";

/** A file object. Type, size and shares are missing while Slack still processes it. */
export function fileJson(world: World, file: FakeFile, options: { inPayload?: boolean } = {}): Json {
  const created = Math.floor(file.createdAt / 1000);
  if (file.state === "deleted") return { id: file.id, mode: "tombstone" };
  if (options.inPayload === true && file.needsFileInfo) {
    return { id: file.id, created, timestamp: created, mode: "file_access", file_access: "check_file_info" };
  }
  const isReady = isProcessed(world, file);
  const size = isReady ? pictureSize(file.bytes) : null;
  const url = `${world.origin}/files-pri/${file.team}-${file.id}`;
  const channels = (kind: string) =>
    file.shares.map(({ channel }) => channel).filter((id) => world.channels.get(id)?.kind === kind);
  return {
    id: file.id,
    created,
    timestamp: created,
    name: file.name,
    title: file.title,
    mimetype: isReady ? file.mimetype : "",
    filetype: isReady ? fileTypeOf(file.mimetype) : "",
    pretty_type: isReady ? fileTypeOf(file.mimetype).toUpperCase() : "",
    user: file.user,
    user_team: file.team,
    editable: false,
    size: file.bytes.length,
    mode: "hosted",
    is_external: false,
    external_type: "",
    is_public: channels("public").length > 0,
    public_url_shared: false,
    display_as_bot: false,
    username: "",
    url_private: `${url}/${encodeURIComponent(file.name)}`,
    url_private_download: `${url}/download/${encodeURIComponent(file.name)}`,
    media_display_type: "unknown",
    permalink: `${world.origin}/files/${file.user}/${file.id}/${encodeURIComponent(file.name)}`,
    permalink_public: `${world.origin}/${file.team}-${file.id}-0000000000`,
    ...(size === null ? {} : { original_w: size.width, original_h: size.height }),
    ...(file.altText === null ? {} : { alt_txt: file.altText }),
    is_starred: false,
    has_rich_preview: false,
    file_access: "visible",
    channels: isReady ? channels("public") : [],
    groups: isReady ? channels("private") : [],
    ims: isReady ? channels("im") : [],
    shares: isReady ? sharesOf(world, file) : {},
    comments_count: 0,
  };
}

/** True once Slack has looked at the file. */
export function isProcessed({ clock }: World, file: FakeFile): boolean {
  return file.notReadyCalls === 0 && clock.now() >= file.readyAt;
}

export function fileTypeOf(mimetype: string): string {
  return { "image/jpeg": "jpg", "text/plain": "text" }[mimetype] ?? mimetype.split("/")[1] ?? "binary";
}

export function mimetypeOf(name: string): string {
  const types: Record<string, string> = {
    png: "image/png",
    jpg: "image/jpeg",
    jpeg: "image/jpeg",
    gif: "image/gif",
    webp: "image/webp",
    txt: "text/plain",
  };
  return types[name.split(".").pop()?.toLowerCase() ?? ""] ?? "application/octet-stream";
}

function sharesOf(world: World, file: FakeFile): Json {
  const shares: { public?: Record<Id, Json[]>; private?: Record<Id, Json[]> } = {};
  for (const { channel, ts, threadTs } of file.shares) {
    const kind = world.channels.get(channel)?.kind === "public" ? "public" : "private";
    const places = shares[kind] ?? {};
    shares[kind] = places;
    const list = places[channel] ?? [];
    places[channel] = list;
    list.push({ ts, team_id: file.team, ...(threadTs === null ? {} : { thread_ts: threadTs }) });
  }
  return shares;
}
