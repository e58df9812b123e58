import { relative } from "node:path";
import type { EditResult } from "../types.ts";
import { printable } from "./exit-status.ts";

/** What a person wants to know after an edit: where the results lie, what was edited, and what to mind. */
export function summaryOf(result: EditResult, folder: string): string[] {
  const [best] = result.results;
  const count = result.results.length;
  const below = relative(process.cwd(), folder) || ".";
  const where = below.startsWith("..") ? folder : below;
  const lines: string[] = [];
  if (best) {
    const { left, top, width, height } = best.box;
    const results =
      count === 1
        ? "1 result, with an overlay that shows its box"
        : `${count} results, best first, each with an overlay that shows its box`;
    lines.push(
      `${where}: ${results}; edit.json says the rest`,
      `best     ${best.file}, box ${left},${top},${width},${height}, quality ${best.scores.quality.toFixed(2)}`,
    );
  }
  lines.push(`edited   ${sourceOf(result)}`);
  const { equivalent } = result.calls;
  lines.push(
    `took     ${(result.milliseconds.total / 1000).toFixed(1)} s, ${equivalent.toFixed(1)} full paintings' work, seed ${result.seed}`,
  );
  return [...lines, ...result.warnings.map(({ code, text }) => `warning  ${code}: ${printable(text)}`)];
}

function sourceOf({ source }: EditResult): string {
  if (source.from === "none")
    return "what fits best; nothing in the picture has a name in the pack (--source gives one)";
  return source.from === "given"
    ? `${printable(source.text)}, as given`
    : `${printable(source.text)}, found in the picture, ${Math.round(source.confidence * 100)} % sure (--source says it better)`;
}
