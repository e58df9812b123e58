import type { Capabilities } from "../chat.ts";
import { uploadLimit } from "./abilities.ts";

/** What Slack can do: https://docs.slack.dev/reference/block-kit/blocks and https://docs.slack.dev/apis/web-api/rate-limits */
export const capabilities: Capabilities = {
  reactions: true,
  avatars: true,
  translatesCommands: false,
  typed: typedCommand,
  asksForOptions: false,
  picturesInModals: true,
  modalFields: 100,
  errorsInModals: true,
  spoilers: false,
  showsPairs: false,
  maxUploadBytes: uploadLimit,
  maxPictures: 10,
  buttonRows: 5,
  buttonsPerRow: 5,
  maxTextLength: 3000,
  // What a workspace sets for how long people may edit does not bind apps.
  editWindowSeconds: null,
  // A channel takes about one post a second, a workspace about 50 edits a minute.
  writesPerMinute: { channel: 40, workspace: 45 },
};

/** Slack's own commands are two: what is not an edit stands behind `/lrbot`. */
function typedCommand(command: string, text?: string): string {
  const typed = command === "edit" ? "/edit" : `/lrbot ${command}`;
  return text === undefined ? typed : `${typed} "${text}"`;
}
