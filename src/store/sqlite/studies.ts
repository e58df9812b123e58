import { createHmac } from "node:crypto";
import { z } from "zod";
import { type JobPlace, personOf } from "../jobs.ts";
import type { PostedMessage } from "../posts.ts";
import type {
  Choice,
  NewStudy,
  Showing,
  StudyRecord,
  StudyState,
  StudyStore,
  Tally,
  Voter,
} from "../studies.ts";
import type { Database } from "./database.ts";
import { parsed } from "./jobs/rows.ts";

interface StudyRow {
  readonly id: string;
  readonly design: string;
  readonly state: StudyState;
  readonly created_at: number;
  readonly ended_at: number | null;
  readonly message: string | null;
}

interface ShowingRow {
  readonly number: number;
  readonly study: string;
  readonly voter: string;
  readonly picture: string;
  readonly left_method: string;
  readonly right_method: string;
  readonly garbled: "left" | "right" | null;
  readonly shown_at: number;
  readonly choice: Choice | null;
  readonly voted_at: number | null;
}

const place = z.object({
  platform: z.string(),
  workspace: z.string().nullable(),
  channel: z.string(),
  thread: z.string().nullable(),
  isDirect: z.boolean(),
}) satisfies z.ZodType<JobPlace>;

const design = z.object({
  id: z.string(),
  place,
  locale: z.string(),
  set: z.string(),
  methods: z.array(z.string()),
  against: z.string().nullable(),
  pairsPerVoter: z.int(),
}) satisfies z.ZodType<NewStudy>;

const message = z.object({
  platform: z.string(),
  workspace: z.string().nullable(),
  channel: z.string(),
  message: z.string(),
  thread: z.string().nullable(),
}) satisfies z.ZodType<PostedMessage>;

/** A voter stands in the file as a hash that this store's key gives, of study and person. */
export function createStudies(database: Database, key: Uint8Array): StudyStore {
  const columns = "SELECT id, design, state, created_at, ended_at, message FROM studies";
  const spot = `platform = :platform AND workspace IS :workspace AND channel = :channel AND thread IS :thread`;
  const insert = database.prepare(`
    INSERT INTO studies (id, platform, workspace, channel, thread, design, state, created_at)
    VALUES (:id, :platform, :workspace, :channel, :thread, :design, 'running', :now)`);
  const byId = database.prepare<StudyRow>(`${columns} WHERE id = ?`);
  const open = database.prepare<StudyRow>(`${columns} WHERE ${spot} AND state <> 'stopped'`);
  const list = database.prepare<StudyRow>(`
    ${columns} WHERE (:platform IS NULL OR platform = :platform) AND (:anyWorkspace = 1 OR workspace IS :workspace)
      AND state IN (SELECT value FROM json_each(:states)) ORDER BY created_at DESC, id LIMIT :limit`);
  const setState = database.prepare(`
    UPDATE studies SET state = :state, ended_at = CASE WHEN :state = 'stopped' THEN :now END
    WHERE id = :id AND state <> 'stopped'`);
  const setMessage = database.prepare("UPDATE studies SET message = :message WHERE id = :id");
  const remove = database.prepare("DELETE FROM studies WHERE id = ?");
  const ids = database.prepare<{ id: string }>("SELECT id FROM studies");

  const show = database.prepare<ShowingRow>(`
    INSERT INTO showings (study, voter, picture, pair, left_method, right_method, garbled, shown_at)
    SELECT id, :voter, :picture, :pair, :left, :right, :garbled, :now FROM studies WHERE id = :study
    ON CONFLICT (study, voter, picture, pair) DO NOTHING RETURNING *`);
  const shownTo = database.prepare<ShowingRow>(
    "SELECT * FROM showings WHERE study = :study AND voter = :voter ORDER BY number",
  );
  const tally = database.prepare<Tally>(`
    SELECT picture, left_method AS "left", right_method AS "right", count(*) AS count FROM showings
    WHERE study = ? AND garbled IS NULL GROUP BY picture, left_method, right_method`);
  const byNumber = database.prepare<ShowingRow>("SELECT * FROM showings WHERE number = ?");
  const vote = database.prepare<ShowingRow>(`
    UPDATE showings SET choice = :choice, voted_at = :now
    WHERE number = :number AND voter = :voter AND choice IS NULL RETURNING *`);
  const withdraw = database.prepare("DELETE FROM showings WHERE number = ? AND choice IS NULL");
  const votes = database.prepare<ShowingRow>(
    "SELECT * FROM showings WHERE study = ? AND choice IS NOT NULL ORDER BY number",
  );
  const progress = database.prepare<{ voters: number; votes: number }>(`
    SELECT count(DISTINCT voter) AS voters, count(CASE WHEN garbled IS NULL THEN 1 END) AS votes FROM showings
    WHERE study = ? AND choice IS NOT NULL`);
  const countOf = database.prepare<{ count: number }>(`
    SELECT count(*) AS count FROM showings WHERE study = :study AND voter = :voter AND choice IS NOT NULL`);
  const forget = database.prepare("DELETE FROM showings WHERE study = :study AND voter = :voter");

  const hashOf = (study: string, voter: Voter) =>
    createHmac("sha256", key)
      .update(`study ${study} ${personOf(voter)}`)
      .digest("base64url");
  const countVotes = (voter: Voter) =>
    ids.all().reduce((sum, { id: study }) => {
      return sum + (countOf.first({ study, voter: hashOf(study, voter) })?.count ?? 0);
    }, 0);

  return {
    add: async (study, now) =>
      database.transaction(() => {
        const { platform, workspace, channel, thread, isDirect } = study.place;
        const where = { platform, workspace, channel, thread };
        if (open.first(where)) return null;
        const kept = { ...study, place: { ...where, isDirect } };
        insert.run({ id: study.id, ...where, design: JSON.stringify(kept), now });
        return found(byId.first([study.id]));
      }),
    find: async (id) => found(byId.first([id])),
    openIn: async ({ platform, workspace, channel, thread }) =>
      found(open.first({ platform, workspace, channel, thread })),
    async list({ platform, workspace, states = ["running", "paused", "stopped"], limit = 20 }) {
      const which = { platform: platform ?? null, workspace: workspace ?? null };
      const anyWorkspace = workspace === undefined ? 1 : 0;
      return list.all({ ...which, anyWorkspace, states: JSON.stringify(states), limit }).map(studyOf);
    },
    setState: async (id, state, now) => setState.run({ id, state, now }) > 0,
    async setMessage(id, to) {
      setMessage.run({ id, message: JSON.stringify(to) });
    },
    remove: async (id) => remove.run([id]) > 0,
    async show({ study, picture, left, right, garbled }, voter, now) {
      const pair = garbled === null ? JSON.stringify([left, right].toSorted()) : "check";
      const values = { study, voter: hashOf(study, voter), picture, pair, left, right, garbled, now };
      const row = show.first(values);
      return row && showingOf(row);
    },
    shownTo: async (study, voter) => shownTo.all({ study, voter: hashOf(study, voter) }).map(showingOf),
    tally: async (study) => tally.all([study]),
    vote: async (number, voter, choice, now) =>
      database.transaction(() => {
        const before = byNumber.first([number]);
        if (!before) return null;
        const row = vote.first({ number, voter: hashOf(before.study, voter), choice, now });
        return row && showingOf(row);
      }),
    async withdraw(number) {
      withdraw.run([number]);
    },
    votes: async (study) => votes.all([study]).map((row) => ({ ...showingOf(row), voter: row.voter })),
    progress: async (study) => progress.first([study]) ?? { voters: 0, votes: 0 },
    countVotes: async (voter) => countVotes(voter),
    forget: async (voter) =>
      database.transaction(() => {
        const count = countVotes(voter);
        for (const { id: study } of ids.all()) forget.run({ study, voter: hashOf(study, voter) });
        return count;
      }),
  };
}

function found(row: StudyRow | null): StudyRecord | null {
  return row && studyOf(row);
}

function studyOf(row: StudyRow): StudyRecord {
  return {
    ...parsed(row.design, design),
    state: row.state,
    createdAt: row.created_at,
    endedAt: row.ended_at,
    message: row.message === null ? null : parsed(row.message, message),
  };
}

function showingOf(row: ShowingRow): Showing {
  return {
    number: row.number,
    study: row.study,
    picture: row.picture,
    left: row.left_method,
    right: row.right_method,
    garbled: row.garbled,
    shownAt: row.shown_at,
    choice: row.choice,
    votedAt: row.voted_at,
  };
}
