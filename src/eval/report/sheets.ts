import type { Box } from "../../types.ts";
import type { ResultRow } from "../rows.ts";
import { escaped } from "./html-text.ts";

/** Where the pictures of a contact sheet lie, from the report. */
export function shownFile(picture: number, what: string): string {
  return `pictures/${picture}-${what}.jpg`;
}

/** The results whose pictures are there: those of methods and choosers, of the first so many pictures (`null`: of all). */
export function shownRows(rows: readonly ResultRow[], pictures: number | null): ResultRow[] {
  return rows.filter(
    ({ group, picture }) =>
      (group === "methods" || group === "choosers") && picture <= (pictures ?? Number.POSITIVE_INFINITY),
  );
}

/** A row of small pictures for each picture: its source, and what methods and choosers made of it. */
export function sheetsOf(shown: readonly ResultRow[]): string {
  const pictures = [...new Set(shown.map(({ picture }) => picture))];
  return pictures
    .map((picture) => {
      const own = shown.filter((row) => row.picture === picture);
      const [first] = own;
      if (!first) return "";
      const { file, prompt, thing, source } = first;
      const found =
        source.from === "none" ? "nothing that it knows" : `${source.text} (${source.confidence.toFixed(2)})`;
      return `<div class="sheet">
<p><b>${escaped(prompt)}</b>, ${escaped(file)}; taken to show ${escaped(found)}</p>
<div class="cells">
${cell(first, "source", "source", thing && { box: thing, kind: "thing" })}
${own.map((row) => cell(row, row.name, captionOf(row), row.edited === "box" ? { box: row.box, kind: "" } : null)).join("\n")}
</div>
</div>`;
    })
    .join("\n");
}

function captionOf({ name, training, second, weak }: ResultRow): string {
  const quality = (second ?? training).quality.toFixed(2);
  return `${name}: S ${quality}${weak ? ", weak" : ""}`;
}

function cell(
  { picture, width, height }: ResultRow,
  what: string,
  caption: string,
  drawn: { readonly box: Box; readonly kind: string } | null,
): string {
  const image = `<img src="${escaped(shownFile(picture, what))}" width="${width}" height="${height}" alt="${escaped(caption)}">`;
  const box = drawn
    ? `<span class="box ${drawn.kind}" style="${placeOf(drawn.box, width, height)}"></span>`
    : "";
  return `<div class="cell"><div class="shown">${image}${box}</div>${escaped(caption)}</div>`;
}

function placeOf(box: Box, width: number, height: number): string {
  const share = (value: number, of: number) => `${((100 * value) / of).toFixed(2)}%`;
  return `left:${share(box.left, width)};top:${share(box.top, height)};width:${share(box.width, width)};height:${share(box.height, height)}`;
}
