import { useRef } from "preact/hooks";
import type { Box } from "../../../../types.ts";
import { useApp } from "../state/app.ts";
import { boxBetween, dragged, type Handle, handles, type Point, type Size } from "./box.ts";

/** A box over a picture that is drawn, moved and resized by pointer or keys. It covers the element that it stands in. */
export function BoxEditor({
  box,
  picture,
  onBox,
}: {
  readonly box: Box;
  readonly picture: Size;
  readonly onBox: (box: Box) => void;
}) {
  const { words } = useApp();
  const area = useRef<HTMLDivElement>(null);
  /** What is dragged: from where, and the box as it was then; `null` of a new one. */
  const drag = useRef<{ handle: Handle | null; from: Point; box: Box } | null>(null);

  const pointOf = ({ clientX, clientY }: PointerEvent): Point => {
    const { left, top, width, height } = area.current?.getBoundingClientRect() ?? new DOMRect(0, 0, 1, 1);
    return {
      x: ((clientX - left) / width) * picture.width,
      y: ((clientY - top) / height) * picture.height,
    };
  };
  const start = (event: PointerEvent) => {
    if (event.button !== 0) return;
    const held = (event.target as HTMLElement).dataset.handle as Handle | undefined;
    drag.current = { handle: held ?? null, from: pointOf(event), box };
    area.current?.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent) => {
    const held = drag.current;
    if (!held) return;
    const to = pointOf(event);
    const by = { x: to.x - held.from.x, y: to.y - held.from.y };
    if (held.handle) onBox(dragged(held.box, held.handle, by, picture));
    // A touch that hardly moved is not yet a new box.
    else if (Math.hypot(by.x, by.y) > picture.width * 0.015) onBox(boxBetween(held.from, to, picture));
  };
  const end = () => {
    drag.current = null;
  };
  const byKey = (event: KeyboardEvent) => {
    const direction = directions[event.key];
    if (!direction) return;
    event.preventDefault();
    const far = Math.max(1, Math.round(Math.min(picture.width, picture.height) / (event.altKey ? 320 : 40)));
    const by = { x: direction.x * far, y: direction.y * far };
    onBox(dragged(box, event.shiftKey ? "se" : "move", by, picture));
  };

  return (
    <div
      class="box-editor"
      ref={area}
      onPointerDown={start}
      onPointerMove={move}
      onPointerUp={end}
      onPointerCancel={end}
    >
      <button
        type="button"
        class="drawn-box"
        data-handle="move"
        style={placeOf(box, picture)}
        aria-label={words.value.plain("page.box.alt", { ...box })}
        onKeyDown={byKey}
      >
        {handles.map((handle) => (
          <span key={handle} class={`handle handle-${handle}`} data-handle={handle} aria-hidden="true" />
        ))}
      </button>
    </div>
  );
}

const directions: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** Where a box stands over its picture, whatever size that is shown at. */
export function placeOf({ left, top, width, height }: Box, picture: Size) {
  const percent = (value: number, of: number) => `${(value / of) * 100}%`;
  return {
    left: percent(left, picture.width),
    top: percent(top, picture.height),
    width: percent(width, picture.width),
    height: percent(height, picture.height),
  };
}
