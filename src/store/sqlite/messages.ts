import { z } from "zod";
import type { KeptMessage, MessageStore } from "../messages.ts";
import type { Database } from "./database.ts";
import { parsed } from "./jobs/rows.ts";

interface MessageRow {
  readonly id: number;
  readonly room: string;
  readonly key: string | null;
  readonly author: string | null;
  readonly reply_to: number | null;
  readonly posted_at: number;
  readonly edited_at: number | null;
  readonly content: string;
  readonly text: string;
}

/** Messages of a page, in the order in which they were posted. */
export function createMessages(database: Database): MessageStore {
  const columns = "SELECT id, room, key, author, reply_to, posted_at, edited_at, content, text FROM messages";
  const byId = database.prepare<MessageRow>(`${columns} WHERE id = ?`);
  const byKey = database.prepare<MessageRow>(`${columns} WHERE room = :room AND key = :key`);
  const insert = database.prepare<{ id: number }>(`
    INSERT INTO messages (room, key, author, reply_to, posted_at, content, text, folded)
    VALUES (:room, :key, :author, :replyTo, :postedAt, :content, :text, :folded) RETURNING id`);
  const replace = database.prepare(`
    UPDATE messages SET content = :content, text = :text, folded = :folded, edited_at = :editedAt WHERE id = :id`);
  const remove = database.prepare("DELETE FROM messages WHERE id = ?");
  const expire = database.prepare("DELETE FROM messages WHERE posted_at < ?");
  const list = database.prepare<MessageRow>(`
    ${columns} WHERE room = :room AND id < :before AND NOT EXISTS
      (SELECT 1 FROM json_each(:words) AS word WHERE instr(messages.folded, word.value) = 0)
    ORDER BY id DESC LIMIT :limit`);
  return {
    add: async ({ content, ...message }) =>
      database.transaction(() => {
        const { room, key } = message;
        const before = key === null ? null : byKey.first({ room, key });
        if (before) return messageOf(before);
        const folded = fold(message.text);
        const row = insert.first({ ...message, folded, content: JSON.stringify(content) });
        return { ...message, content, id: row?.id ?? 0, editedAt: null };
      }),
    async find(id) {
      const row = byId.first([id]);
      return row && messageOf(row);
    },
    async findByKey(room, key) {
      const row = byKey.first({ room, key });
      return row && messageOf(row);
    },
    replace: async (id, { content, text, editedAt }) =>
      replace.run({ id, text, editedAt, folded: fold(text), content: JSON.stringify(content) }) > 0,
    remove: async (id) => remove.run([id]) > 0,
    async list({ room, before = Number.MAX_SAFE_INTEGER, words = [], limit }) {
      return list.all({ room, before, limit, words: JSON.stringify(words.map(fold)) }).map(messageOf);
    },
    expire: async (postedBefore) => expire.run([postedBefore]),
  };
}

/** SQLite folds ASCII alone. */
function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase();
}

function messageOf({ reply_to, posted_at, edited_at, content, ...row }: MessageRow): KeptMessage {
  return {
    ...row,
    replyTo: reply_to,
    postedAt: posted_at,
    editedAt: edited_at,
    content: parsed(content, z.unknown()),
  };
}
