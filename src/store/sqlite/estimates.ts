import { type EstimateStore, movingAverage } from "../estimates.ts";
import type { Database } from "./database.ts";

export function createEstimates(database: Database): EstimateStore {
  const find = database.prepare<{ seconds: number; measurements: number }>(
    "SELECT seconds, measurements FROM estimates WHERE key = ?",
  );
  const write = database.prepare(
    "INSERT OR REPLACE INTO estimates (key, seconds, measurements) VALUES (:key, :seconds, :measurements)",
  );
  return {
    record: async (key, seconds) =>
      database.transaction(() => {
        write.run({ key, ...movingAverage(find.first([key]), seconds) });
      }),
    get: async (key) => find.first([key])?.seconds ?? null,
  };
}
