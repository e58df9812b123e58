import type { LiveState } from "../../protocol.ts";
import { useApp } from "../state/app.ts";

const width = 240;
const height = 56;

/** How the losses fall from round to round: the mean of what was tried as a line, the least below it. */
export function LossesChart({ live }: { readonly live: LiveState }) {
  const { words } = useApp();
  const rounds = live.losses.filter(({ mean, least }) => mean !== null && least !== null);
  const values = rounds.flatMap(({ mean, least }) => [mean ?? 0, least ?? 0]);
  if (values.length === 0) return null;
  const most = Math.max(...values);
  const low = Math.min(...values);
  const span = Math.max(0.05, most - low);
  const x = (index: number) => 8 + (index * (width - 16)) / Math.max(1, rounds.length - 1);
  const y = (value: number) => 8 + ((most - value) / span) * (height - 16);
  const line = (of: "mean" | "least") =>
    rounds.map((round, index) => `${x(index).toFixed(1)},${y(round[of] ?? 0).toFixed(1)}`).join(" ");
  const last = rounds.at(-1);
  const number = new Intl.NumberFormat(words.value.locale, { maximumFractionDigits: 2 });
  const told = words.value.plain("page.losses.alt", {
    rounds: rounds.length,
    mean: number.format(last?.mean ?? 0),
    least: number.format(last?.least ?? 0),
  });
  return (
    <figure class="losses">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={told}>
        <polyline class="losses-mean" points={line("mean")} />
        <polyline class="losses-least" points={line("least")} />
        {rounds.map((round, index) => (
          <circle
            key={round.round}
            class="losses-least-dot"
            cx={x(index)}
            cy={y(round.least ?? 0)}
            r={index === rounds.length - 1 ? 3.5 : 2}
          />
        ))}
      </svg>
      <figcaption>
        <span class="key-mean">{words.value.plain("page.losses.mean")}</span>{" "}
        <b>{number.format(last?.mean ?? 0)}</b>
        {" · "}
        <span class="key-least">{words.value.plain("page.losses.least")}</span>{" "}
        <b>{number.format(last?.least ?? 0)}</b>
      </figcaption>
    </figure>
  );
}
