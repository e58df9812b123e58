import { maxBlockText, problemsOfBlocks, textLengthOf, withIds } from "../blocks/check.ts";
import { invalid, SlackApiError } from "../http/api-error.ts";
import { isProcessed } from "../payloads/file-json.ts";
import type { FakeTeam, Json } from "../types.ts";
import type { World } from "../world/world.ts";

/** Blocks as they are kept. @throws SlackApiError `invalid_blocks`, `msg_blocks_too_long` */
export function checkedBlocks(world: World, team: FakeTeam, blocks: unknown): Json[] {
  const problems = problemsOfBlocks(blocks);
  if (problems.length > 0) throw invalid("invalid_blocks", problems);
  const list = blocks as Json[];
  if (textLengthOf(list) > maxBlockText) throw new SlackApiError("msg_blocks_too_long");
  const unknownFiles = list.flatMap((block, index) =>
    problemsOfPictures(world, team, block, `/blocks/${index}`),
  );
  if (unknownFiles.length > 0) {
    const { errors, response_metadata } = invalid("invalid_blocks", unknownFiles).fields;
    const isByRule = world.settings.slackFileNeedsShare;
    throw new SlackApiError("invalid_blocks", { errors, response_metadata }, { isByRule });
  }
  return withIds(list, () => world.nextId("b"));
}

/** @throws SlackApiError `invalid_metadata_format`, `metadata_too_large` */
export function checkedMetadata(metadata: Json): Json | null {
  if (Object.keys(metadata).length === 0) return null;
  const { event_type: type, event_payload: payload } = metadata;
  if (typeof type !== "string" || type === "" || typeof payload !== "object" || payload === null) {
    throw new SlackApiError("invalid_metadata_format");
  }
  if (JSON.stringify(payload).length > 8000) throw new SlackApiError("metadata_too_large");
  return metadata;
}

/** Whether the bot can see a file: its own, shared where it is a member, or handed over in a modal. */
export function botSees(world: World, team: FakeTeam, fileId: string): boolean {
  const file = world.files.get(fileId);
  if (file === undefined || file.team !== team.id || file.state === "uploading") return false;
  if (file.user === team.botUser.id || file.isGrantedToApp) return true;
  return file.shares.some(({ channel }) => world.channels.get(channel)?.members.has(team.botUser.id));
}

function problemsOfPictures(world: World, team: FakeTeam, value: unknown, pointer: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => problemsOfPictures(world, team, item, `${pointer}/${index}`));
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === "slack_file" && !isUsable(world, team, item as Json)
      ? [`invalid slack file [json-pointer:${pointer}/slack_file]`]
      : problemsOfPictures(world, team, item, `${pointer}/${key}`),
  );
}

/** A picture can stand in a block once Slack has processed it and if the poster can see it. */
function isUsable(world: World, team: FakeTeam, reference: Json): boolean {
  const url = typeof reference.url === "string" ? reference.url : "";
  const fileId = typeof reference.id === "string" ? reference.id : /[-/](F0[A-Z0-9]+)\//.exec(url)?.[1];
  const file = world.files.get(fileId ?? "");
  if (file === undefined || !botSees(world, team, file.id)) return false;
  if (world.settings.slackFileNeedsShare && file.shares.length === 0) return false;
  return file.state === "complete" && isProcessed(world, file) && file.mimetype.startsWith("image/");
}
