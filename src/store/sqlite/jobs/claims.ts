import type { JobRecord, LaneOffer, WaitingJob, Work } from "../../jobs.ts";
import type { Database } from "../database.ts";

/** Whose turn it is: the part of the job store that lanes ask. */
export interface Claims {
  waiting(): { readonly jobs: readonly WaitingJob[]; readonly turns: ReadonlyMap<string, number> };
  claim(offer: LaneOffer, now: number): JobRecord | null;
  moveToFront(id: string): boolean;
  moveWithin(ids: readonly string[]): boolean;
  /** Makes a job that runs wait again; its person's turn is as before, unless they had another one meanwhile. */
  returnTurn(id: string): void;
}

/** Statements for claims; `find` reads the job that was claimed. */
export function createClaims(database: Database, find: (id: string) => JobRecord | null): Claims {
  // One text for all rows: reading 10,000 of them one by one takes several times as long.
  const waitingJobs = database.prepare<{ rows: string }>(`
    SELECT json_group_array(json_array(id, line_person, priority, line_at, pack, work)) AS rows
    FROM jobs INDEXED BY jobs_waiting_in_line WHERE state = 'waiting'`);
  const turns = database.prepare<{ person: string; turn: number }>(
    "SELECT person, turn FROM people WHERE oldest IS NOT NULL AND turn > 0",
  );
  const topPriority = database.prepare<{ priority: number }>(`
    SELECT priority FROM jobs INDEXED BY jobs_waiting_by_priority WHERE state = 'waiting'
      AND (:packs IS NULL OR pack IN (SELECT value FROM json_each(:packs)))
    ORDER BY priority DESC LIMIT 1`);
  const next = nextStatement(database, "(:packs IS NULL OR w.pack IN (SELECT value FROM json_each(:packs)))");
  const nextPreferred = nextStatement(
    database,
    // What is from the time to come waited since before the clock was set back.
    `(w.pack = :loaded OR w.line_at <= :cutoff OR w.line_at > :now)
      AND (:packs IS NULL OR w.pack IN (SELECT value FROM json_each(:packs)))`,
  );
  // Saves looking through everybody's jobs in vain.
  const hasPreferred = database.prepare<{ found: number }>(`
    SELECT EXISTS (SELECT 1 FROM jobs INDEXED BY jobs_waiting_by_priority
        WHERE state = 'waiting' AND priority = :priority AND pack = :loaded)
      OR EXISTS (SELECT 1 FROM jobs INDEXED BY jobs_by_state
        WHERE state = 'waiting' AND (created_at <= :cutoff OR created_at > :now)) AS found`);
  const lastTurn = database.prepare<{ turn: number | null }>("SELECT max(turn) AS turn FROM people");
  const run = database.prepare(`
    UPDATE jobs SET state = 'running', lane = :lane, started_at = :now, turn = :turn,
      turn_before = (SELECT turn FROM people WHERE person = jobs.line_person)
    WHERE id = :id`);
  const takeTurn = database.prepare(
    "UPDATE people SET turn = :turn WHERE person = (SELECT line_person FROM jobs WHERE id = :id)",
  );
  const dropProgress = database.prepare("DELETE FROM progress WHERE job = ?");
  const giveTurnBack = database.prepare(`
    UPDATE people SET turn = (SELECT turn_before FROM jobs WHERE id = :id)
    WHERE person = (SELECT line_person FROM jobs WHERE id = :id) AND turn = (SELECT turn FROM jobs WHERE id = :id)`);
  const wait = database.prepare(`
    UPDATE jobs SET state = 'waiting', started_at = NULL, turn = NULL, turn_before = NULL WHERE id = ?`);
  const toFront = database.prepare(`
    UPDATE jobs SET priority = 1 + (SELECT max(priority) FROM jobs INDEXED BY jobs_waiting_by_priority WHERE state = 'waiting')
    WHERE id = ? AND state = 'waiting'`);

  const placeOf = database.prepare<PlaceInLine>(
    "SELECT line_person, line_at, priority FROM jobs WHERE id = ? AND state = 'waiting'",
  );
  const setPlace = database.prepare(`
    UPDATE jobs SET line_person = :line_person, line_at = :line_at, priority = :priority WHERE id = :id`);

  function moveWithin(ids: readonly string[]): boolean {
    const places = ids.flatMap((id) => placeOf.first([id]) ?? []);
    const last = ids.at(-1);
    if (last === undefined || places.length < ids.length) return false;
    for (const [index, id] of [last, ...ids.slice(0, -1)].entries()) {
      const place = places[index];
      if (place) setPlace.run({ id, ...place });
    }
    return true;
  }

  function choose({ packs, loadedPack, loadingMilliseconds }: LaneOffer, now: number): string | null {
    const allowed = { packs: packs === null ? null : JSON.stringify(packs) };
    const top = topPriority.first(allowed);
    if (!top) return null;
    const level = { ...allowed, priority: top.priority };
    return (
      (preferredOf(level, loadedPack, { now, cutoff: now - loadingMilliseconds }) ?? next.first(level))?.id ??
      null
    );
  }

  function preferredOf(
    level: { readonly packs: string | null; readonly priority: number },
    loaded: string | null,
    times: { readonly now: number; readonly cutoff: number },
  ) {
    if (loaded === null) return null;
    const { priority } = level;
    if (!hasPreferred.first({ priority, loaded, ...times })?.found) return null;
    return nextPreferred.first({ ...level, loaded, ...times });
  }

  return {
    waiting: () => ({
      jobs: (JSON.parse(waitingJobs.first()?.rows ?? "[]") as WaitingRow[]).map(
        ([id, person, priority, createdAt, pack, work]) => ({ id, person, priority, createdAt, pack, work }),
      ),
      turns: new Map(turns.all().map(({ person, turn }) => [person, turn])),
    }),
    claim: (offer, now) =>
      database.transaction(() => {
        const id = choose(offer, now);
        if (id === null) return null;
        const turn = (lastTurn.first()?.turn ?? 0) + 1;
        run.run({ id, lane: offer.lane, now, turn });
        takeTurn.run({ id, turn });
        dropProgress.run([id]);
        return find(id);
      }),
    moveToFront: (id) => toFront.run([id]) > 0,
    moveWithin: (ids) => database.transaction(() => moveWithin(ids)),
    returnTurn: (id) =>
      database.transaction(() => {
        giveTurnBack.run({ id });
        wait.run([id]);
        dropProgress.run([id]);
      }),
  };
}

interface PlaceInLine {
  readonly line_person: string;
  readonly line_at: number;
  readonly priority: number;
}

/** Columns that the schema has the types of. */
type WaitingRow = [id: string, person: string, priority: number, createdAt: number, pack: string, work: Work];

/** Walks those who wait in the order of their turns, and stops at the first who has a job of that priority that will do. */
function nextStatement(database: Database, condition: string) {
  return database.prepare<{ id: string }>(`
    SELECT jobs.id FROM people INDEXED BY people_in_turn CROSS JOIN jobs ON jobs.id = (
      SELECT w.id FROM jobs AS w INDEXED BY jobs_waiting_in_line
      WHERE w.state = 'waiting' AND w.line_person = people.person AND w.priority = :priority AND ${condition}
      ORDER BY w.line_at, w.id LIMIT 1)
    WHERE people.oldest IS NOT NULL
    ORDER BY people.turn, people.oldest, people.person LIMIT 1`);
}
