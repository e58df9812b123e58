import type { LoggedStore } from "../logged.ts";
import type { Database } from "./database.ts";
import { parsed } from "./jobs/rows.ts";
import { messageSchema } from "./leaving-messages.ts";

/** The port, and what other parts of the store do with these messages in transactions of theirs. */
export interface Logged {
  readonly port: LoggedStore;
  /** What names the person is to be taken away on the platform. */
  forget(person: string, now: number): void;
  /** What is about the job is to be taken away on the platform. */
  leaveWith(job: string, now: number): void;
  /** Those that were posted before then stay where they are. */
  expire(before: number): void;
}

export function createLogged(database: Database): Logged {
  const isThere = database.prepare<{ id: string }>("SELECT id FROM jobs WHERE id = ?");
  const add = database.prepare(`
    INSERT OR REPLACE INTO logged (key, person, job, platform, message, at)
    VALUES (:key, :person, :job, :platform, :message, :now)`);
  const find = database.prepare<{ message: string }>("SELECT message FROM logged WHERE key = ?");
  const columns = "key, job, platform, message, begun_at, since, next_at";
  const leave = (condition: string) =>
    database.prepare(`INSERT OR IGNORE INTO leaving_posts (${columns})
      SELECT 'logged ' || key, ifnull(job, ''), platform, message, at, :now, :now FROM logged WHERE ${condition}`);
  const leaveOfPerson = leave("person = :person");
  const leaveOfJob = leave("job = :job");
  const leaveOne = leave("key = :key");
  const dropOfPerson = database.prepare("DELETE FROM logged WHERE person = ?");
  const dropOfJob = database.prepare("DELETE FROM logged WHERE job = ?");
  const dropOne = database.prepare("DELETE FROM logged WHERE key = ?");
  const expire = database.prepare("DELETE FROM logged WHERE at < ?");
  return {
    port: {
      add: async ({ key, person, job, message }, now) =>
        database.transaction(() => {
          const { platform, workspace, channel, message: id, thread } = message;
          const text = JSON.stringify({ platform, workspace, channel, message: id, thread });
          add.run({ key, person, job, platform, message: text, now });
          if (job === null || isThere.first([job])) return;
          leaveOne.run({ key, now });
          dropOne.run([key]);
        }),
      async find(key) {
        const row = find.first([key]);
        return row && parsed(row.message, messageSchema);
      },
    },
    forget(person, now) {
      leaveOfPerson.run({ person, now });
      dropOfPerson.run([person]);
    },
    leaveWith(job, now) {
      leaveOfJob.run({ job, now });
      dropOfJob.run([job]);
    },
    expire(before) {
      expire.run([before]);
    },
  };
}
