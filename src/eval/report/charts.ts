import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { figureSpecs } from "./figures.ts";
import type { SummaryGroup } from "./summary.ts";

/** A chart of one figure: a point and its interval for each row of a group. */
export interface Chart {
  readonly title: string;
  readonly names: readonly string[];
  /** `null` where a row has none. */
  readonly means: readonly (number | null)[];
  readonly lows: readonly (number | null)[];
  readonly highs: readonly (number | null)[];
}

/** What is drawn of a group, where it has it; the first four at most. */
const drawn = [
  "regret",
  "secondQuality",
  "quality",
  "secondRecognised",
  "recognised",
  "iou",
  "tau",
  "distanceOutside",
  "loss",
];
const mostCharts = 4;

export function chartsOf({ rows }: SummaryGroup): Chart[] {
  if (rows.length < 2) return [];
  const charts = drawn.flatMap((key) => {
    const spec = figureSpecs.find((one) => one.key === key);
    const shown = rows.filter(({ figures }) => figures[key]);
    if (!spec || shown.length < 2) return [];
    const of = (side: "mean" | "low" | "high") => shown.map(({ figures }) => figures[key]?.[side] ?? null);
    return [
      {
        title: `${spec.title}: ${spec.says}`,
        names: shown.map(({ name }) => name),
        ...{ means: of("mean"), lows: of("low"), highs: of("high") },
      },
    ];
  });
  return charts.slice(0, mostCharts);
}

/** uPlot as a script and its style, to lie in the page: it needs no network and no other file. */
export async function chartLibrary(): Promise<{ readonly script: string; readonly style: string }> {
  const require = createRequire(import.meta.url);
  const read = async (file: string) => await readFile(require.resolve(`uplot/dist/${file}`), "utf8");
  return { script: await read("uPlot.iife.min.js"), style: await read("uPlot.min.css") };
}

/**
 * What the page does with its charts: the intervals are drawn as lines through the points. In plain JavaScript, as it runs in
 * a reader's browser.
 */
export const drawCharts = `
const plots = [];
function draw(place) {
  const chart = JSON.parse(place.dataset.chart);
  const at = chart.names.map((_, index) => index);
  const ink = "#333";
  const intervals = (u) => {
    const { ctx } = u;
    ctx.save();
    ctx.strokeStyle = ink;
    ctx.lineWidth = 2 * devicePixelRatio;
    for (const index of at) {
      if (chart.lows[index] === null) continue;
      const x = u.valToPos(index, "x", true);
      ctx.beginPath();
      ctx.moveTo(x, u.valToPos(chart.lows[index], "y", true));
      ctx.lineTo(x, u.valToPos(chart.highs[index], "y", true));
      ctx.stroke();
    }
    ctx.restore();
  };
  const known = [...chart.lows, ...chart.highs].filter((value) => value !== null);
  const room = (Math.max(...known) - Math.min(...known) || 1) * 0.08;
  const longest = Math.max(...chart.names.map((name) => name.length));
  plots.push([place, new uPlot({
    width: place.clientWidth,
    height: 230 + Math.min(7 * longest, 210),
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 12, 0, 0],
    scales: {
      x: { time: false, range: [-0.5, at.length - 0.5] },
      y: { range: [Math.min(...known) - room, Math.max(...known) + room] },
    },
    axes: [
      { stroke: ink, splits: () => at, values: () => chart.names, rotate: -90, size: Math.min(7 * longest, 210) + 14, grid: { show: false } },
      { stroke: ink, size: 52, grid: { stroke: "#ddd" } },
    ],
    series: [{}, { stroke: ink, paths: () => null, points: { show: true, size: 9, fill: ink } }],
    hooks: { draw: [intervals] },
  }, [at, chart.means], place)]);
}
for (const place of document.querySelectorAll(".chart")) draw(place);
const fit = () => {
  for (const [place, plot] of plots) plot.setSize({ width: place.clientWidth, height: plot.height });
};
addEventListener("resize", fit);
`;
