import type { Box } from "../../../../types.ts";

// A box that is drawn, moved and resized by hand, in whole pixels of the upright picture.

/** Width and height of a picture, in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A point of a picture, in pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What of a box is held: its corners and edges by the points of the compass, or all of it. */
export const handles = ["nw", "n", "ne", "e", "se", "s", "sw", "w"] as const;
export type Handle = (typeof handles)[number] | "move";

/** Shortest side of a box that is drawn: what is smaller was a click, and paints nothing that can be seen. */
export const leastSide = 16;

/** The box between two corners, as far as it lies in the picture. */
export function boxBetween(a: Point, b: Point, picture: Size): Box {
  const left = clamp(Math.min(a.x, b.x), 0, picture.width);
  const top = clamp(Math.min(a.y, b.y), 0, picture.height);
  const right = clamp(Math.max(a.x, b.x), 0, picture.width);
  const bottom = clamp(Math.max(a.y, b.y), 0, picture.height);
  return withEdges({ left, top, right, bottom }, "se", picture);
}

/** The box after its handle was moved by so many pixels. A box that is moved keeps its size, an edge stays in the picture. */
export function dragged(box: Box, handle: Handle, by: Point, picture: Size): Box {
  if (handle === "move") {
    return {
      ...box,
      left: Math.round(clamp(box.left + by.x, 0, picture.width - box.width)),
      top: Math.round(clamp(box.top + by.y, 0, picture.height - box.height)),
    };
  }
  const edges = { left: box.left, top: box.top, right: box.left + box.width, bottom: box.top + box.height };
  if (handle.includes("w")) edges.left += by.x;
  if (handle.includes("e")) edges.right += by.x;
  if (handle.includes("n")) edges.top += by.y;
  if (handle.includes("s")) edges.bottom += by.y;
  return withEdges(edges, handle, picture);
}

/** A box of two fifths of the picture around its centre: where nothing was drawn yet. */
export function centredBox({ width, height }: Size): Box {
  const side = Math.max(leastSide, Math.round(Math.min(width, height) * 0.4));
  const box = { left: Math.round((width - side) / 2), top: Math.round((height - side) / 2) };
  return { ...box, width: Math.min(side, width), height: Math.min(side, height) };
}

interface Edges {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The edges in the picture, whole, and at least `leastSide` apart: the edge that is held gives way. */
function withEdges(edges: Edges, held: string, { width, height }: Size): Box {
  const [left, right] = apart(edges.left, edges.right, held.includes("w"), width);
  const [top, bottom] = apart(edges.top, edges.bottom, held.includes("n"), height);
  return { left, top, width: right - left, height: bottom - top };
}

function apart(from: number, to: number, isFirstHeld: boolean, length: number): readonly [number, number] {
  const least = Math.min(leastSide, length);
  const first = Math.round(clamp(from, 0, length));
  const second = Math.round(clamp(to, 0, length));
  if (second - first >= least) return [first, second];
  return isFirstHeld
    ? [Math.max(0, second - least), Math.max(least, second)]
    : [Math.min(first, length - least), Math.min(first + least, length)];
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
