import { EditError } from "../../errors.ts";
import type { Database } from "./database.ts";
import { orderHash } from "./orders.ts";
import { signingKeyOf } from "./signing-key.ts";

/** Statements, or what statements alone cannot do. */
export type Migration = string | ((database: Database) => void);

/**
 * Brings a store to the newest version, one migration and one transaction at a time; `user_version` counts those done.
 * @throws EditError `store-unreadable` where a newer program wrote the store
 */
export function migrate(database: Database, steps: readonly Migration[] = migrations): void {
  const version = Number(database.pragma("user_version"));
  if (version > steps.length) {
    throw new EditError(
      "store-unreadable",
      `Expected a store of version ${steps.length} or older, got version ${version}: a newer program wrote it. Start that program, or restore a backup.`,
    );
  }
  for (const [index, step] of steps.entries()) {
    if (index < version) continue;
    database.transaction(() => {
      if (typeof step === "string") database.execute(step);
      else step(database);
      database.execute(`PRAGMA user_version = ${index + 1}`);
    });
  }
}

/**
 * The first version. `people.turn` numbers claims, 0 for never; `people.oldest` is when the oldest waiting job of a person
 * was made, kept by triggers, so that a claim walks an index of those who wait, in the order of their turns. A job's
 * `ticket` is what never changes of it; `turn` and `turn_before` are its person's from its claim and from before that.
 */
const first = `
CREATE TABLE secrets (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE people (
  person TEXT PRIMARY KEY,
  turn INTEGER NOT NULL DEFAULT 0,
  oldest INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX people_in_turn ON people (turn, oldest, person) WHERE oldest IS NOT NULL;
CREATE INDEX people_by_turn ON people (turn);

CREATE TABLE jobs (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  person TEXT NOT NULL REFERENCES people (person),
  platform TEXT NOT NULL,
  workspace TEXT,
  user TEXT NOT NULL,
  state TEXT NOT NULL CHECK
    (state IN ('waiting', 'running', 'posting', 'done', 'failed', 'cancelled', 'undeliverable')),
  outcome TEXT CHECK (outcome IN ('done', 'failed', 'cancelled')),
  priority INTEGER NOT NULL DEFAULT 0,
  pack TEXT NOT NULL,
  work TEXT NOT NULL CHECK (work IN ('learn', 'paint')),
  created_at INTEGER NOT NULL,
  started_at INTEGER,
  finished_at INTEGER,
  worker_deaths INTEGER NOT NULL DEFAULT 0,
  restarts INTEGER NOT NULL DEFAULT 0,
  lane TEXT,
  turn INTEGER,
  turn_before INTEGER,
  failure_code TEXT,
  rank INTEGER NOT NULL DEFAULT 1,
  shows_box INTEGER NOT NULL,
  has_pictures INTEGER NOT NULL DEFAULT 1,
  is_forgotten INTEGER NOT NULL DEFAULT 0,
  place TEXT,
  failure TEXT,
  ticket TEXT NOT NULL,
  CHECK ((state IN ('waiting', 'running')) = (outcome IS NULL)),
  CHECK (state NOT IN ('done', 'failed', 'cancelled') OR state = outcome)
) STRICT;
CREATE INDEX jobs_waiting_by_person ON jobs (person, created_at, id, priority, pack, work) WHERE state = 'waiting';
CREATE INDEX jobs_waiting_by_priority ON jobs (priority, pack) WHERE state = 'waiting';
CREATE INDEX jobs_by_person ON jobs (person, created_at);
CREATE INDEX jobs_by_state ON jobs (state, created_at);
CREATE INDEX jobs_by_end ON jobs (finished_at) WHERE finished_at IS NOT NULL;

CREATE TRIGGER job_waits AFTER INSERT ON jobs WHEN new.state = 'waiting' BEGIN
  UPDATE people SET oldest = min(new.created_at, ifnull(oldest, new.created_at)) WHERE person = new.person;
END;
CREATE TRIGGER job_changes_state AFTER UPDATE OF state ON jobs
WHEN (old.state = 'waiting') <> (new.state = 'waiting') BEGIN
  UPDATE people SET oldest =
    (SELECT min(created_at) FROM jobs WHERE person = new.person AND state = 'waiting')
  WHERE person = new.person;
END;
CREATE TRIGGER job_goes AFTER DELETE ON jobs WHEN old.state = 'waiting' BEGIN
  UPDATE people SET oldest =
    (SELECT min(created_at) FROM jobs WHERE person = old.person AND state = 'waiting')
  WHERE person = old.person;
END;

CREATE TABLE progress (
  job TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE results (
  job TEXT PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE leaving_folders (
  job TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE posts (
  key TEXT PRIMARY KEY,
  job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('job', 'result', 'gallery', 'alternate')),
  begun_at INTEGER NOT NULL,
  posted_at INTEGER,
  platform TEXT,
  workspace TEXT,
  channel TEXT,
  message TEXT,
  thread TEXT,
  CHECK ((posted_at IS NULL) = (message IS NULL))
) STRICT;
CREATE INDEX posts_of_job ON posts (job);
CREATE INDEX posts_of_message ON posts (platform, channel, message) WHERE message IS NOT NULL;

CREATE TABLE reactions (
  number INTEGER PRIMARY KEY,
  key TEXT NOT NULL REFERENCES posts (key) ON DELETE CASCADE,
  user TEXT NOT NULL,
  emoji TEXT NOT NULL,
  at INTEGER NOT NULL,
  UNIQUE (key, user, emoji)
) STRICT;

CREATE TABLE settings (
  scope TEXT NOT NULL,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (scope, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  number INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  scope TEXT NOT NULL,
  actor TEXT NOT NULL,
  action TEXT NOT NULL,
  details TEXT NOT NULL
) STRICT;
CREATE INDEX audit_of_scope ON audit (scope, number);

CREATE TABLE drafts (
  token TEXT PRIMARY KEY,
  value TEXT NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX drafts_by_end ON drafts (expires_at);

CREATE TABLE events (
  id TEXT PRIMARY KEY,
  at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX events_by_time ON events (at);

CREATE TABLE estimates (
  key TEXT PRIMARY KEY,
  seconds REAL NOT NULL,
  measurements INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
`;

/** Orders count on their own, for as long as limits ask for them; those of jobs that are there are taken over. */
function orders(database: Database): void {
  database.execute(`
CREATE TABLE reservations (
  id TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX reservations_by_person ON reservations (person);
CREATE TABLE orders (
  number INTEGER PRIMARY KEY,
  person TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX orders_by_person ON orders (person, at);
CREATE INDEX orders_by_time ON orders (at);
`);
  const key = signingKeyOf(database);
  const order = database.prepare("INSERT INTO orders (person, at) VALUES (:person, :at)");
  const jobs = database.prepare<{ person: string; at: number }>("SELECT person, created_at AS at FROM jobs");
  for (const { person, at } of jobs.all()) order.run({ person: orderHash(key, person), at });
}

/**
 * What has to go: messages of removed jobs, and all of workspaces that the bot was removed from. `jobs.picture_of` is who sent
 * in the picture that a job is made from, through all jobs between them;
 * `jobs.picture_from` is the job that it came with.
 */
const removals = `
ALTER TABLE jobs ADD COLUMN parent TEXT;
ALTER TABLE jobs ADD COLUMN picture_of TEXT;
ALTER TABLE jobs ADD COLUMN picture_from TEXT;
UPDATE jobs SET parent = CASE WHEN json_valid(ticket) THEN json_extract(ticket, '$.lineage.parent') END;
CREATE INDEX jobs_by_parent ON jobs (parent) WHERE parent IS NOT NULL;
WITH RECURSIVE line(id, origin) AS (
  SELECT id, id FROM jobs WHERE parent IS NULL OR parent NOT IN (SELECT id FROM jobs)
  UNION SELECT jobs.id, line.origin FROM line JOIN jobs ON jobs.parent = line.id
)
UPDATE jobs SET picture_from = (SELECT origin FROM line WHERE line.id = jobs.id);
UPDATE jobs SET picture_of = (SELECT sent.person FROM jobs AS sent WHERE sent.id = jobs.picture_from);
CREATE INDEX jobs_by_first ON jobs (picture_from) WHERE picture_from <> id;
CREATE INDEX jobs_by_picture ON jobs (picture_of) WHERE picture_of <> person;

CREATE TABLE leaving_posts (
  key TEXT PRIMARY KEY,
  job TEXT NOT NULL,
  platform TEXT NOT NULL,
  message TEXT,
  place TEXT,
  begun_at INTEGER NOT NULL,
  since INTEGER NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  next_at INTEGER NOT NULL
) STRICT;
CREATE INDEX leaving_posts_by_time ON leaving_posts (next_at);
CREATE INDEX leaving_posts_of_job ON leaving_posts (job);

CREATE TABLE departures (
  platform TEXT NOT NULL,
  workspace TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (platform, workspace)
) STRICT, WITHOUT ROWID;
`;

/**
 * A job stands in line as its own person and from when it was made, until it changes places with others: `line_person` and
 * `line_at` are whose turn it takes and how old it counts as.
 */
const line = `
ALTER TABLE jobs ADD COLUMN line_person TEXT;
ALTER TABLE jobs ADD COLUMN line_at INTEGER;
UPDATE jobs SET line_person = person, line_at = created_at;
DROP INDEX jobs_waiting_by_person;
CREATE INDEX jobs_waiting_in_line ON jobs (line_person, line_at, id, priority, pack, work) WHERE state = 'waiting';
DROP TRIGGER job_waits;
DROP TRIGGER job_changes_state;
DROP TRIGGER job_goes;
CREATE TRIGGER job_waits AFTER INSERT ON jobs WHEN new.state = 'waiting' BEGIN
  UPDATE people SET oldest = min(new.line_at, ifnull(oldest, new.line_at)) WHERE person = new.line_person;
END;
CREATE TRIGGER job_changes_state AFTER UPDATE OF state ON jobs
WHEN (old.state = 'waiting') <> (new.state = 'waiting') BEGIN
  UPDATE people SET oldest =
    (SELECT min(line_at) FROM jobs WHERE line_person = new.line_person AND state = 'waiting')
  WHERE person = new.line_person;
END;
CREATE TRIGGER job_changes_line AFTER UPDATE OF line_person, line_at ON jobs WHEN new.state = 'waiting' BEGIN
  UPDATE people SET oldest =
    (SELECT min(line_at) FROM jobs WHERE line_person = people.person AND state = 'waiting')
  WHERE person IN (old.line_person, new.line_person);
END;
CREATE TRIGGER job_goes AFTER DELETE ON jobs WHEN old.state = 'waiting' BEGIN
  UPDATE people SET oldest =
    (SELECT min(line_at) FROM jobs WHERE line_person = old.line_person AND state = 'waiting')
  WHERE person = old.line_person;
END;
`;

/** What is being ordered while its person has everything forgotten must not come to a job. */
const forgottenOrders = "ALTER TABLE reservations ADD COLUMN is_forgotten INTEGER NOT NULL DEFAULT 0";

/** What a person is in the middle of goes when they have everything forgotten. */
const ownersOfDrafts = `
ALTER TABLE drafts ADD COLUMN person TEXT;
CREATE INDEX drafts_of_person ON drafts (person);
`;

/** Messages of a page, which has no other server that keeps them. `folded` is the text in lower case. */
const messages = `
CREATE TABLE messages (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  room TEXT NOT NULL,
  key TEXT,
  author TEXT,
  reply_to INTEGER,
  posted_at INTEGER NOT NULL,
  edited_at INTEGER,
  content TEXT NOT NULL,
  text TEXT NOT NULL,
  folded TEXT NOT NULL
) STRICT;
CREATE INDEX messages_in_room ON messages (room, id);
CREATE UNIQUE INDEX messages_by_key ON messages (room, key) WHERE key IS NOT NULL;
CREATE INDEX messages_by_time ON messages (posted_at);
CREATE INDEX messages_of_author ON messages (author) WHERE author IS NOT NULL;
`;

/**
 * Studies and what their voters saw. `design` is what never changes of a study; a voter is a keyed hash, another one in each
 * study, and `pair` is what a voter is shown once of a picture.
 */
const studies = `
CREATE TABLE studies (
  id TEXT PRIMARY KEY,
  platform TEXT NOT NULL,
  workspace TEXT,
  channel TEXT NOT NULL,
  thread TEXT,
  design TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'paused', 'stopped')),
  created_at INTEGER NOT NULL,
  ended_at INTEGER,
  message TEXT
) STRICT;
CREATE INDEX studies_by_place ON studies (platform, channel);

CREATE TABLE showings (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  study TEXT NOT NULL REFERENCES studies (id) ON DELETE CASCADE,
  voter TEXT NOT NULL,
  picture TEXT NOT NULL,
  pair TEXT NOT NULL,
  left_method TEXT NOT NULL,
  right_method TEXT NOT NULL,
  garbled TEXT CHECK (garbled IN ('left', 'right')),
  shown_at INTEGER NOT NULL,
  choice TEXT CHECK (choice IN ('left', 'right', 'tie')),
  voted_at INTEGER,
  UNIQUE (study, voter, picture, pair)
) STRICT;
`;

/** Messages of log channels that name somebody; `message` is where it stands, as `leaving_posts` has it. */
const logged = `
CREATE TABLE logged (
  key TEXT PRIMARY KEY,
  person TEXT NOT NULL,
  job TEXT,
  platform TEXT NOT NULL,
  message TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX logged_of_person ON logged (person);
CREATE INDEX logged_of_job ON logged (job) WHERE job IS NOT NULL;
CREATE INDEX logged_by_time ON logged (at);
`;

/** Which pack an order is of, without its style; empty for those of before. */
const packsOfOrders = `
ALTER TABLE reservations ADD COLUMN pack TEXT NOT NULL DEFAULT '';
ALTER TABLE orders ADD COLUMN pack TEXT NOT NULL DEFAULT '';
`;

/** Only ever grows: a store in the field has been through a part of it. */
export const migrations: readonly Migration[] = [
  first,
  orders,
  removals,
  line,
  forgottenOrders,
  ownersOfDrafts,
  messages,
  studies,
  logged,
  packsOfOrders,
];
