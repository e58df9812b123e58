import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import type { MessageKey } from "../../../../locales/en.ts";
import type { OperatorSeries, SeriesPoint } from "../../protocol.ts";
import { useApp } from "../state/app.ts";

const spans = [
  { hours: 6, key: "page.span.6" },
  { hours: 24, key: "page.span.24" },
  { hours: 168, key: "page.span.168" },
  { hours: 720, key: "page.span.720" },
] as const;

interface Line {
  readonly key: MessageKey;
  readonly of: keyof SeriesPoint;
  /** A property of the style. */
  readonly colour: string;
}

const throughput: readonly Line[] = [
  { key: "page.chart.done", of: "done", colour: "--text" },
  { key: "page.chart.failed", of: "failed", colour: "--accent" },
  { key: "page.chart.cancelled", of: "cancelled", colour: "--faint" },
];
const waits: readonly Line[] = [
  { key: "page.chart.wait", of: "waitMedian", colour: "--text" },
  { key: "page.chart.wait-longest", of: "waitLongest", colour: "--faint" },
  { key: "page.chart.run", of: "runMedian", colour: "--accent" },
];

/** Throughput, failures and waiting times over hours and days. */
export function Charts() {
  const app = useApp();
  const { words, operatorVersion } = app;
  const [hours, setHours] = useState(24);
  const [series, setSeries] = useState<OperatorSeries | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const version = operatorVersion.value;
  useEffect(() => {
    const stop = new AbortController();
    // Events come once a second at most; a chart of hours need not be drawn as often.
    const timer = setTimeout(
      async () => {
        try {
          setSeries(await app.api.get<OperatorSeries>(`/api/operator/series?hours=${hours}`, stop.signal));
          setProblem(null);
        } catch (error) {
          if (!stop.signal.aborted) setProblem(app.textOf(error));
        }
      },
      series ? 2000 : 0,
    );
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [hours, version, app]);

  return (
    <section class="panel" aria-labelledby="charts">
      <div class="panel-head">
        <h2 id="charts">{words.value.plain("page.charts")}</h2>
        <fieldset class="looks">
          <legend class="unseen">{words.value.plain("page.charts.span")}</legend>
          {spans.map(({ hours: each, key }) => (
            <button
              key={each}
              type="button"
              aria-pressed={each === hours}
              onClick={() => {
                setSeries(null);
                setHours(each);
              }}
            >
              {words.value.plain(key)}
            </button>
          ))}
        </fieldset>
      </div>
      {problem && <p class="problem">{problem}</p>}
      {series ? (
        <div class="charts">
          <Chart series={series} lines={throughput} title="page.chart.jobs" />
          <Chart series={series} lines={waits} title="page.chart.seconds" />
        </div>
      ) : (
        <div class="skeleton chart-skeleton" aria-busy="true" />
      )}
    </section>
  );
}

/** So few values that a line between them may not be seen, or not exist. */
function isSparse({ points }: OperatorSeries, of: keyof SeriesPoint): boolean {
  return points.length < 40 || points.filter((point) => point[of] !== null).length < 8;
}

function Chart({
  series,
  lines,
  title,
}: {
  readonly series: OperatorSeries;
  readonly lines: readonly Line[];
  readonly title: MessageKey;
}) {
  const { words } = useApp();
  const place = useRef<HTMLDivElement>(null);
  const { locale } = words.value;
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const style = getComputedStyle(element);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const font = `11px ${style.fontFamily}`;
    const axis = {
      font,
      stroke: colour("--faint"),
      grid: { stroke: colour("--line"), width: 1 },
      ticks: { show: false },
    };
    const isLong = series.step >= 6 * 3600;
    const time = new Intl.DateTimeFormat(
      locale,
      isLong ? { day: "numeric", month: "short" } : { timeStyle: "short" },
    );
    const chart = new uPlot(
      {
        width: element.clientWidth,
        height: 170,
        padding: [10, 26, 0, 0],
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, points: { size: 6 } },
        axes: [
          {
            ...axis,
            grid: { show: false },
            space: 76,
            values: (_, times) => times.map((at) => time.format(at * 1000)),
          },
          { ...axis, size: 40 },
        ],
        scales: { y: { range: (_, __, most) => [0, Math.max(1, (most ?? 0) * 1.1)] } },
        series: [
          {},
          ...lines.map(({ key, of, colour: name }) => ({
            label: words.value.plain(key),
            stroke: colour(name),
            width: 1.75,
            points: { show: isSparse(series, of), size: 4 },
            spanGaps: true,
          })),
        ],
      },
      [
        series.points.map(({ at }) => at / 1000),
        ...lines.map(({ of }) => series.points.map((point) => point[of])),
      ] as uPlot.AlignedData,
      element,
    );
    const observer = new ResizeObserver(() => chart.setSize({ width: element.clientWidth, height: 170 }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [series, lines, locale, words]);
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const sum = (of: keyof SeriesPoint) => {
    const values = series.points.flatMap((point) => point[of] ?? []);
    if (lines === throughput) return number.format(values.reduce((a, b) => a + b, 0));
    const middle = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
    return middle === undefined ? "–" : words.value.duration(middle);
  };
  return (
    <figure class="chart">
      <figcaption>
        <b>{words.value.plain(title)}</b>
        {lines.map(({ key, of, colour }) => (
          <span key={of} class={`key key${colour}`}>
            {words.value.plain(key)} <span class="faint">{sum(of)}</span>
          </span>
        ))}
      </figcaption>
      <div ref={place} aria-hidden="true" />
    </figure>
  );
}
