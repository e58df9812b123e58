import type { Context } from "../payloads/context.ts";
import type { FakeAttachment, FakeChannel } from "../types.ts";

/** A file that a member uploads. */
export interface MemberFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** As the platform will say. Default: by the name. */
  readonly contentType?: string;
  /** What the platform says of the size. Default: the truth. */
  readonly size?: number;
}

export function isMemberFile(value: unknown): value is MemberFile {
  return typeof value === "object" && value !== null && "bytes" in value;
}

/** Files of commands and modals are ephemeral attachments, those of messages are not. */
export function upload(
  context: Context,
  channel: FakeChannel,
  file: MemberFile,
  isEphemeral: boolean,
): FakeAttachment {
  const { name, bytes, contentType, size } = file;
  return context.attachments.add({ channelId: channel.id, name, bytes, contentType, size, isEphemeral });
}
