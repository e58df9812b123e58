import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Box } from "../../../../types.ts";
import { useApp } from "../state/app.ts";
import type { Size } from "./box.ts";
import { placeOf } from "./box-editor.tsx";
import { drawUnchanged } from "./changed.ts";

/** What of a result is pointed out. */
export type Look = "plain" | "box" | "changed";

/** A result over the picture that it was made from, with a line between them that can be moved. */
export function Compare({
  before,
  after,
  alt,
  picture,
  box,
  look,
  children,
}: {
  /** `null` where it is not kept any more. */
  readonly before: string | null;
  readonly after: string;
  readonly alt: string;
  readonly picture: Size;
  readonly box: Box;
  readonly look: Look;
  /** What stands over both, in place of the line. */
  readonly children?: ComponentChildren;
}) {
  const { words } = useApp();
  const [share, setShare] = useState(0);
  const hasLine = before !== null && !children;
  return (
    <figure class="stage compare" style={{ "--share": hasLine ? share : 0 }}>
      <img class="after" src={after} width={picture.width} height={picture.height} alt={alt} />
      {before !== null && <img class="before" src={before} alt="" />}
      {look === "box" && <span class="shown-box" style={placeOf(box, picture)} />}
      {look === "changed" && before !== null && <Unchanged before={before} after={after} />}
      {children}
      {hasLine && (
        <>
          <span class="line" aria-hidden="true" />
          <span class={`end end-before ${share < 0.12 ? "is-away" : ""}`} aria-hidden="true">
            {words.value.plain("page.before")}
          </span>
          <span class={`end end-after ${share > 0.88 ? "is-away" : ""}`} aria-hidden="true">
            {words.value.plain("page.after")}
          </span>
          <input
            type="range"
            min={0}
            max={1}
            step={0.01}
            value={share}
            aria-label={words.value.plain("page.compare")}
            onInput={(event) => setShare(Number(event.currentTarget.value))}
          />
        </>
      )}
    </figure>
  );
}

function Unchanged({ before, after }: { readonly before: string; readonly after: string }) {
  const { words } = useApp();
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    // A picture that was deleted meanwhile has nothing to compare; what is shown stays.
    if (canvas.current) void drawUnchanged(canvas.current, before, after).catch(() => {});
  }, [before, after]);
  return (
    <canvas class="overlay" ref={canvas} role="img" aria-label={words.value.plain("page.look.changed")} />
  );
}
