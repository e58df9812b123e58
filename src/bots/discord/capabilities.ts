import type { Capabilities } from "../chat.ts";
import { standardUploadLimit } from "./abilities.ts";
import { maxContentLength } from "./outgoing/markup.ts";

/**
 * What Discord can do: https://discord.com/developers/docs/resources/message and
 * https://discord.com/developers/docs/topics/rate-limits
 */
export const capabilities: Capabilities = {
  reactions: true,
  avatars: true,
  translatesCommands: true,
  typed: (command, text) => (text === undefined ? `/${command}` : `/${command} ${text}`),
  asksForOptions: true,
  picturesInModals: true,
  modalFields: 5,
  errorsInModals: false,
  spoilers: true,
  showsPairs: false,
  maxUploadBytes: standardUploadLimit,
  maxPictures: 10,
  buttonRows: 5,
  buttonsPerRow: 5,
  maxTextLength: maxContentLength,
  // From an hour on Discord allows a few edits only (code 30046); ten minutes are kept in hand.
  editWindowSeconds: 50 * 60,
  // A channel takes about 5 writes in 5 s, a bot 50 requests a second in all.
  writesPerMinute: { channel: 50, workspace: 1000 },
};
