import type { Post, PostedMessage, PostRole, PostStore, Reaction } from "../posts.ts";
import type { Database } from "./database.ts";

/** What was posted, and the reactions on it. */
export function createPosts(database: Database): PostStore {
  const columns =
    "SELECT key, job, role, begun_at, posted_at, platform, workspace, channel, message, thread FROM posts";
  const byKey = database.prepare<PostRow>(`${columns} WHERE key = ?`);
  const byJob = database.prepare<PostRow>(`${columns} WHERE job = ? ORDER BY begun_at, rowid`);
  const byMessage = database.prepare<PostRow>(`${columns}
    WHERE platform = :platform AND channel = :channel AND message = :message ORDER BY posted_at DESC LIMIT 1`);
  const begin = database.prepare(`
    INSERT OR IGNORE INTO posts (key, job, role, begun_at) SELECT :key, id, :role, :now FROM jobs WHERE id = :job`);
  const beginAgain = database.prepare(
    "UPDATE posts SET begun_at = :now WHERE key = :key AND posted_at IS NULL",
  );
  const confirm = database.prepare(`
    UPDATE posts SET posted_at = :now, platform = :platform, workspace = :workspace, channel = :channel,
      message = :message, thread = :thread WHERE key = :key`);
  const leave = database.prepare(`
    INSERT INTO leaving_posts (key, job, platform, message, begun_at, since, next_at)
    VALUES (:key, '', :platform, :message, :now, :now, :now)
    ON CONFLICT DO UPDATE SET message = excluded.message, next_at = excluded.next_at`);
  const remove = database.prepare("DELETE FROM posts WHERE key = ?");
  const addReaction = database.prepare(`
    INSERT INTO reactions (key, user, emoji, at) SELECT key, :user, :emoji, :at FROM posts WHERE key = :key
    ON CONFLICT DO UPDATE SET at = excluded.at`);
  const removeReaction = database.prepare(
    "DELETE FROM reactions WHERE key = :key AND user = :user AND emoji = :emoji",
  );
  const standing = database.prepare<Reaction>(
    "SELECT key, user, emoji, at FROM reactions WHERE key = ? ORDER BY at, number",
  );
  const postOrNull = (row: PostRow | null) => row && postOf(row);

  return {
    begin: async ({ key, job, role }, now) =>
      database.transaction(() => {
        const isNew = begin.run({ key, job, role, now }) > 0;
        const row = byKey.first([key]);
        if (!row) throw new RangeError(`Expected a job that is stored for post ${key}, got ${job}.`);
        return { ...postOf(row), isNew };
      }),
    async beginAgain(key, now) {
      beginAgain.run({ key, now });
    },
    confirm: async (key, { platform, workspace, channel, message, thread }, now) =>
      database.transaction(() => {
        const posted = { platform, workspace, channel, message, thread };
        if (confirm.run({ key, ...posted, now }) > 0) return;
        leave.run({ key, platform, now, message: JSON.stringify(posted) });
      }),
    find: async (key) => postOrNull(byKey.first([key])),
    ofJob: async (job) => byJob.all([job]).map(postOf),
    ofMessage: async ({ platform, channel, message }) =>
      postOrNull(byMessage.first({ platform, channel, message })),
    async remove(key) {
      remove.run([key]);
    },
    recordReaction: async ({ key, user, emoji, at }, isAdded) =>
      database.transaction(() => {
        if (isAdded) addReaction.run({ key, user, emoji, at });
        else removeReaction.run({ key, user, emoji });
        return standing.all([key]);
      }),
  };
}

interface PostRow {
  readonly key: string;
  readonly job: string;
  readonly role: PostRole;
  readonly begun_at: number;
  readonly posted_at: number | null;
  readonly platform: string | null;
  readonly workspace: string | null;
  readonly channel: string | null;
  readonly message: string | null;
  readonly thread: string | null;
}

function postOf(row: PostRow): Post {
  const { key, job, role, begun_at: begunAt, posted_at: postedAt } = row;
  return { key, job, role, begunAt, postedAt, message: messageOf(row) };
}

function messageOf({ platform, workspace, channel, message, thread }: PostRow): PostedMessage | null {
  if (platform === null || channel === null || message === null) return null;
  return { platform, workspace, channel, message, thread };
}
