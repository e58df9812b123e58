import { randomUUID } from "node:crypto";
import { EditError } from "../../errors.ts";
import type { Failure } from "./frames.ts";
import type { WorkerLog } from "./process.ts";

/** How the failures of a kind of order are told: `Expected the edit to finish, got an unforeseen failure`. */
export interface Expected {
  /** Of an order that fails as nobody foresaw, such as `the edit to finish`. */
  readonly result: string;
  /** Of an order whose process ends, up to how it ended: `the worker to answer, got its end`. */
  readonly answer: string;
}

/** How a process ended. */
export interface ProcessEnd {
  /** The signal, or `null` where it ended by itself. */
  readonly killedBy: string | null;
  /** In words: `SIGKILL`, `exit status 1`. */
  readonly how: string;
}

/** The error that a child told. What nobody foresaw gets a reference into the log, and says no more. */
export function failureOf(
  { code, message, setting, detail }: Failure,
  { expected, log }: { readonly expected: Expected; readonly log: WorkerLog },
): EditError {
  if (code !== "internal") {
    log("debug", detail);
    return new EditError(code, message, { cause: detail, ...(setting === null ? {} : { setting }) });
  }
  const reference = randomUUID().slice(0, 8);
  log("error", `reference ${reference}: ${detail}`);
  return new EditError(
    "internal",
    `Expected ${expected.result}, got an unforeseen failure; the log names it as ${reference}.`,
    { cause: detail },
  );
}

/** The error of an order whose process ended. An interrupt that met the process before it listened was meant for all. */
export function deathOf({ killedBy, how }: ProcessEnd, isCancelled: boolean, expected: Expected): EditError {
  if (isCancelled || killedBy === "SIGINT")
    return new EditError("cancelled", "Expected the work to finish, got a request to cancel it.");
  const why = killedBy === "SIGKILL" ? ", which may mean too little memory" : "";
  return new EditError("worker-died", `Expected ${expected.answer} (${how}${why}).`);
}
