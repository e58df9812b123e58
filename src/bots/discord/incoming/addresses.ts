import { EditError } from "../../../errors.ts";
import type { Attachment, MessageRef, Place } from "../../chat.ts";
import { messageRefIn } from "../places.ts";

/** Hosts of Discord's client, in whose addresses messages are copied. */
const clientHosts: readonly string[] = ["discord.com", "ptb.discord.com", "canary.discord.com"];

/**
 * What an address on Discord names: an attachment, whose signed address is all that it takes to see it; or a message of the place. Other
 * pictures of the CDN, such as avatars, have ways of their own; what its proxy fetches from elsewhere is refused.
 * @throws EditError `attachment-refused`
 */
export function addressedOn(
  text: string,
  place: Pick<Place, "workspace" | "channel">,
  cdnHosts: readonly string[],
): { readonly picture: Attachment } | { readonly message: MessageRef } {
  const url = URL.canParse(text) ? new URL(text) : null;
  const [, , id, fileName] =
    /^\/(?:ephemeral-)?attachments\/(\d+)\/(\d+)\/([^/]+)$/.exec(url?.pathname ?? "") ?? [];
  if (url && cdnHosts.includes(url.host) && id !== undefined && fileName !== undefined)
    return { picture: { id, fileName: nameOf(fileName), url: url.href, contentType: null, bytes: null } };
  const [, channel, message] = /^\/channels\/[^/]+\/(\d+)\/(\d+)\/?$/.exec(url?.pathname ?? "") ?? [];
  if (url && clientHosts.includes(url.host) && channel === place.channel && message !== undefined)
    return { message: messageRefIn(place, message) };
  throw new EditError(
    "attachment-refused",
    `Expected an address of an attachment on ${cdnHosts.join(", ")} or of a message here, got ${url?.host ?? "none"}.`,
  );
}

function nameOf(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
