import type { Id } from "../types.ts";

/** The request's `allowed_mentions`. */
export interface AllowedMentions {
  readonly parse?: readonly (string | null)[] | null;
  readonly users?: readonly (string | null)[] | null;
  readonly replied_user?: boolean | null;
}

/** Whom a text notifies. Without `allowed_mentions` everybody who is named, and the author of the message answered. */
export function mentionsIn(
  content: string,
  allowed: AllowedMentions | null,
  repliedTo: Id | null,
): { readonly users: readonly Id[]; readonly everyone: boolean } {
  const named = [...content.matchAll(/<@!?(\d+)>/g)].flatMap(([, id]) => (id === undefined ? [] : [id]));
  const parses = (kind: string) => allowed === null || (allowed.parse?.includes(kind) ?? false);
  const users = parses("users") ? named : named.filter((id) => allowed?.users?.includes(id));
  const pingsReplied = allowed === null ? true : (allowed.replied_user ?? false);
  const all = pingsReplied && repliedTo !== null ? [...users, repliedTo] : users;
  return { users: [...new Set(all)], everyone: parses("everyone") && /@(everyone|here)\b/.test(content) };
}
