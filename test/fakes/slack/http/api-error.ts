import type { Json } from "../types.ts";

/** A request answered with `{ ok: false, error: code }`, as Slack answers with status 200. */
export class SlackApiError extends Error {
  readonly code: string;
  /** Further fields of the answer: `needed`, `provided`, `errors`, `response_metadata`. */
  readonly fields: Json;
  /** True of a refusal by a rule that a test switched on: a well-behaved app may meet it. */
  readonly isByRule: boolean;

  constructor(code: string, fields: Json = {}, { isByRule = false } = {}) {
    super(code);
    this.code = code;
    this.fields = fields;
    this.isByRule = isByRule;
  }
}

/** Problems in words, each with a JSON pointer, as `invalid_blocks` and `invalid_arguments` carry them. */
export function invalid(code: string, problems: readonly string[]): SlackApiError {
  const messages = problems.map((problem) => `[ERROR] ${problem}`);
  return new SlackApiError(code, { errors: problems, response_metadata: { messages } });
}
