import type { PageRanked, PageResult } from "../../protocol.ts";
import { useApp } from "../state/app.ts";

/** The numbers behind a result, on demand: losses, cosines, S, and what it was made with. */
export function ResultDetails({
  result,
  shown,
}: {
  readonly result: PageResult;
  readonly shown: PageRanked;
}) {
  const { words } = useApp();
  const number = new Intl.NumberFormat(words.value.locale, {
    minimumFractionDigits: 3,
    maximumFractionDigits: 3,
  });
  const { losses, scores, box } = shown;
  const rows = [
    ["page.detail.clip", number.format(losses.clip)],
    ["page.detail.structure", number.format(losses.structure)],
    ["page.detail.direction", number.format(losses.direction)],
    ["page.detail.total", number.format(losses.total)],
    ["page.detail.t2i", number.format(scores.t2i)],
    ["page.detail.i2i", number.format(scores.i2i)],
    ["page.detail.quality", number.format(scores.quality)],
    ["page.detail.box", `${box.left}, ${box.top} · ${box.width} × ${box.height}`],
    ["page.detail.seed", String(result.seed)],
    ["page.detail.pack", result.pack],
  ] as const;
  return (
    <details class="details">
      <summary>{words.value.plain("page.details")}</summary>
      <dl>
        {rows.map(([key, value]) => (
          <div key={key}>
            <dt>{words.value.plain(key)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
