import { EditError, type ErrorCode } from "../../../errors.ts";
import { plainTextOf } from "../../../locales/rich-text.ts";
import type { Words } from "../../../locales/words.ts";
import { failureOfCode, failureText } from "../../messages/failure.ts";
import { Refusal } from "../../refusal.ts";
import { capabilities } from "../capabilities.ts";
import type { Problem } from "../protocol.ts";

/** The status of a refusal. */
export type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 429 | 500 | 503;

/** A request is answered later at the earliest. */
export class Slowed extends EditError {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super("tries-exceeded", `Expected a pause of ${retryAfterSeconds} s, got another try.`);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

const statuses: Partial<Record<ErrorCode, ProblemStatus>> = {
  "login-needed": 401,
  "login-refused": 403,
  "request-refused": 403,
  "tries-exceeded": 429,
  "attachment-too-large": 413,
  "reference-expired": 404,
  "reference-invalid": 404,
  "operators-only": 403,
  "not-allowed": 403,
  "not-yours": 403,
  "member-blocked": 403,
  draining: 503,
  "disk-full": 503,
  "store-unwritable": 503,
  "store-in-use": 503,
  "store-unreadable": 503,
  "worker-died": 503,
  "worker-hung": 503,
  internal: 500,
};

/** What is told of a failure, in the words of whoever asked. `reference` names it in the log where it is ours. */
export function problemOf(
  error: unknown,
  words: Words,
  reference: string,
): { readonly status: ProblemStatus; readonly problem: Problem } {
  const code = error instanceof EditError ? error.code : "internal";
  const failure =
    error instanceof Refusal
      ? error.reason
      : failureOfCode(code, reference, error instanceof EditError ? error.setting : null);
  const problem = { code, text: plainTextOf(failureText(failure, words, capabilities)) };
  const isOfPicture = code.startsWith("picture-");
  return {
    status: statuses[code] ?? (isOfPicture ? 415 : 400),
    problem: error instanceof Slowed ? { ...problem, retryAfterSeconds: error.retryAfterSeconds } : problem,
  };
}
