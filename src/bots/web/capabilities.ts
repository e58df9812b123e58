import type { Capabilities } from "../chat.ts";

/** What the page can do. */
export const capabilities: Capabilities = {
  reactions: true,
  avatars: false,
  translatesCommands: true,
  typed: (command, text) => (text === undefined ? `/${command}` : `/${command} "${text}"`),
  asksForOptions: true,
  picturesInModals: true,
  modalFields: 20,
  errorsInModals: true,
  spoilers: true,
  showsPairs: true,
  // What a browser shows without a wait; the lossless file is a download beside it.
  maxUploadBytes: 25_000_000,
  maxPictures: 10,
  buttonRows: 6,
  buttonsPerRow: 8,
  maxTextLength: 20_000,
  editWindowSeconds: null,
  // Written into the store of this machine: what limits it is the disk. A room belongs to no community, so both are its own.
  writesPerMinute: { channel: 6000, workspace: 6000 },
};
