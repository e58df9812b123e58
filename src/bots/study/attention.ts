import type { Showing } from "../../store/studies.ts";

/**
 * Whether a voter looks. `passed` and `failed` of those who answered a check; `unchecked` of those who stopped before their first
 * one. Who failed is counted apart.
 */
export type Attention = "passed" | "failed" | "unchecked";

/** Of so many checks one may be missed: a finger slips. */
const checksForASlip = 4;

/** What a voter's answers to checks say. A tie between a picture and its pieces is missed too. */
export function attentionOf(showings: readonly Pick<Showing, "garbled" | "choice">[]): Attention {
  const checks = showings.filter(({ garbled, choice }) => garbled !== null && choice !== null);
  if (checks.length === 0) return "unchecked";
  const missed = checks.filter(({ garbled, choice }) => choice === garbled || choice === "tie").length;
  return missed <= Math.floor(checks.length / checksForASlip) ? "passed" : "failed";
}
