import type { ResultRow } from "../rows.ts";
import { chartLibrary, chartsOf, drawCharts } from "./charts.ts";
import { figureSpecs } from "./figures.ts";
import { escaped } from "./html-text.ts";
import { sheetsOf } from "./sheets.ts";
import type { Summary, SummaryGroup } from "./summary.ts";
import { differencesOf, factsOf, groupTitle, preferencesOf, type ReportTable, tablesOf } from "./text.ts";

/** `report.html`: one page, which needs of other files the pictures alone, and no network. */
export async function htmlOf(summary: Summary, shown: readonly ResultRow[]): Promise<string> {
  const { script, style } = await chartLibrary();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Evaluation of ${escaped(summary.pack.name)}</title>
<style>${style}
${pageStyle}</style>
</head>
<body>
<main>
<h1>Evaluation</h1>
${factsOf(summary)
  .map((fact) => `<p>${escaped(fact)}</p>`)
  .join("\n")}
<nav>${summary.groups.map((group, index) => `<a href="#g${index}">${escaped(groupTitle(group))}</a>`).join(" · ")} · <a href="#sheets">Results</a></nav>
${summary.groups.map(groupHtml).join("\n")}
<section id="sheets">
<h2>Results</h2>
<p>Each row is a picture: first the source, then the first result of each way, with its box. Dashed is the thing that is to be replaced.</p>
${sheetsOf(shown)}
</section>
<section>
<h2>What the figures are</h2>
<dl>${figureSpecs.map(({ title, says }) => `<dt>${escaped(title)}</dt><dd>${escaped(says)}</dd>`).join("")}</dl>
</section>
</main>
<script>${script}</script>
<script>${drawCharts}</script>
</body>
</html>
`;
}

function groupHtml(group: SummaryGroup, index: number): string {
  const charts = chartsOf(group).map(
    (chart) =>
      `<figure><figcaption>${escaped(chart.title)}</figcaption><div class="chart" data-chart="${escaped(JSON.stringify(chart))}"></div></figure>`,
  );
  const tables = [...tablesOf(group), ...differencesOf(group), ...preferencesOf(group)].map((table) =>
    tableHtml(table, groupTitle(group)),
  );
  return `<section id="g${index}"><h2>${escaped(groupTitle(group))}</h2>
<div class="charts">${charts.join("")}</div>
${tables.join("\n")}
</section>`;
}

function tableHtml({ title, heads, rows }: ReportTable, group: string): string {
  const head = heads.map(({ text, says }) => `<th title="${escaped(says)}">${escaped(text)}</th>`).join("");
  const body = rows
    .map(
      ({ name, cells }) =>
        `<tr><th>${escaped(name)}</th>${cells.map((cell) => `<td>${cellHtml(cell)}</td>`).join("")}</tr>`,
    )
    .join("\n");
  return `<h3>${escaped(title)}</h3>
<div class="wide" tabindex="0" role="region" aria-label="${escaped(`${group}: ${title}`)}"><table><thead><tr><th>way</th>${head}</tr></thead><tbody>
${body}
</tbody></table></div>`;
}

/** The mean above its interval, so that tables stay narrow. */
function cellHtml(cell: string): string {
  const [mean = "", rest] = cell.split(/ (?=[[(])/, 2);
  const more = cell.slice(mean.length).trim();
  return rest === undefined ? escaped(cell) : `${escaped(mean)}<small>${escaped(more)}</small>`;
}

const pageStyle = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; margin: 0 auto; max-width: 74rem; padding: 1rem; }
h1, h2, h3 { line-height: 1.25; }
h2 { margin-top: 2.5rem; border-top: 2px solid #1a1a1a; padding-top: .75rem; }
h3 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
p { max-width: 46rem; }
nav { margin: 1rem 0; }
a { color: #0b4fa0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; text-align: right; vertical-align: top; border-bottom: 1px solid #ddd; }
thead th { vertical-align: bottom; border-bottom: 1px solid #1a1a1a; min-width: 4.5rem; }
tbody th, thead th:first-child { text-align: left; font-weight: 600; position: sticky; left: 0; background: #fff; white-space: nowrap; }
td small { display: block; color: #555; white-space: nowrap; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem; }
figure { margin: 0; min-width: 0; }
figcaption { font-size: .875rem; }
.sheet { margin: 1.5rem 0; break-inside: avoid; }
.sheet > p { margin: 0 0 .4rem; }
.cells { display: grid; grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr)); gap: .5rem; }
.cell { font-size: .75rem; line-height: 1.3; overflow-wrap: anywhere; break-inside: avoid; }
.shown { position: relative; line-height: 0; }
.shown img { width: 100%; height: auto; }
.box { position: absolute; border: 2px solid #fff; outline: 1px solid #000; }
.box.thing { border: 2px dashed #fff; }
dt { font-weight: 600; }
dd { margin: 0 0 .5rem 1rem; }
@media print {
  body { font-size: 10pt; max-width: none; padding: 0; }
  nav { display: none; }
  .wide { overflow: visible; }
  table { font-size: 6.5pt; }
  th, td { padding: 1pt 3pt; }
  thead th { min-width: 0; }
  tbody th { position: static; white-space: normal; }
  td small { white-space: normal; }
  tr, figure { break-inside: avoid; }
  .charts { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); }
  .uplot, .uplot .u-wrap { width: 100% !important; }
  .u-under, .u-over, .u-axis { display: none; }
  .uplot canvas { width: 100% !important; height: auto !important; }
  .cells { grid-template-columns: repeat(6, 1fr); }
}
`;
