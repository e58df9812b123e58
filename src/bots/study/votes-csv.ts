import type { SeenShowing } from "../../store/studies.ts";
import { attentionByVoter } from "./figures.ts";

const columns = [
  "vote",
  "voter",
  "attention",
  "picture",
  "left",
  "right",
  "garbled",
  "choice",
  "preferred",
  "shown_at",
  "voted_at",
] as const;

/**
 * All votes as a table of RFC 4180, a line each, in their order: UTF-8, CRLF. Voters are numbers from 1 in the order of their first vote;
 * `attention` is `passed`, `failed` or `unchecked` of the voter, `garbled` the side that was spoilt in a check, else empty, `preferred` the method
 * chosen, `tie`, or empty of a check. Times are ISO 8601 in UTC. No prompt and no person is in it.
 */
export function votesCsv(votes: readonly SeenShowing[]): string {
  const attention = attentionByVoter(votes);
  const numbers = new Map([...attention.keys()].map((voter, index) => [voter, index + 1]));
  const rows = votes.map((vote, index) => [
    ...[index + 1, numbers.get(vote.voter) ?? "", attention.get(vote.voter) ?? ""],
    ...[vote.picture, vote.left, vote.right, vote.garbled ?? "", vote.choice ?? "", preferredIn(vote)],
    ...[timeOf(vote.shownAt), timeOf(vote.votedAt)],
  ]);
  return [columns, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function preferredIn({ left, right, garbled, choice }: SeenShowing): string {
  if (garbled !== null || choice === null) return "";
  return choice === "tie" ? "tie" : choice === "left" ? left : right;
}

function timeOf(at: number | null): string {
  return at === null ? "" : new Date(at).toISOString();
}

function cell(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
