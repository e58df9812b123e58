import type { Json } from "../types.ts";

/** A request answered with `{ ok: false, error: code }`, as Slack answers with status 200. */
export class SlackApiError extends Error {
  readonly code: string;
  /** Further fields of the answer: `needed`, `provided`, `errors`, `response_metadata`. */
  readonly fields: Json;

  constructor(code: string, fields: Json = {}) {
    super(code);
    this.code = code;
    this.fields = fields;
  }
}

/** Problems in words, each with a JSON pointer, as `invalid_blocks` and `invalid_arguments` carry them. */
export function invalid(code: string, problems: readonly string[]): SlackApiError {
  const messages = problems.map((problem) => `[ERROR] ${problem}`);
  return new SlackApiError(code, { errors: problems, response_metadata: { messages } });
}
