import type { ResultRow } from "../rows.ts";
import { shownFile } from "./sheets.ts";

/** The file by which a folder of results is a set for `/study`; see docs/study.md. */
export const studyFile = "study.jsonl";

/** A line for each picture with the results of methods and choosers, so that people can compare them. */
export function studyOf(shown: readonly ResultRow[]): string {
  const pictures = [...new Set(shown.map(({ picture }) => picture))];
  const lines = pictures.map((number) => {
    const own = shown.filter(({ picture }) => picture === number);
    const results = Object.fromEntries(own.map(({ name }) => [name, shownFile(number, name)]));
    // A set may have a picture more than once, with other words.
    const picture = `${number} ${own[0]?.file}`;
    const source = shownFile(number, "source");
    return `${JSON.stringify({ picture, prompt: own[0]?.prompt, source, results })}\n`;
  });
  return lines.join("");
}
