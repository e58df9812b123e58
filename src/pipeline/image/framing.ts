import type { Box } from "../../types.ts";

/** A width and a height in whole pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface FramingOptions {
  /** The box's larger side over the frame's side that is aimed at, above 0 to 1. */
  readonly boxShare: number;
  /** The frame's side is at least this, in pixels, where the picture is that large. Default 1. */
  readonly minimum?: number;
}

/**
 * The part of the picture that the model sees when it paints `box`: a square at native resolution, around the
 * box's middle and moved inside the picture, in which the box's larger side takes `boxShare` of the side. It is at
 * most as large as the picture's short side; a box that comes near that takes more of it. A box longer than the
 * short side gets an oblong that spans the short side, so every frame holds its whole box.
 */
export function frameFor(box: Box, picture: Size, options: FramingOptions): Box {
  const larger = Math.max(box.width, box.height);
  const short = Math.min(picture.width, picture.height);
  const wanted = Math.max(Math.round(larger / options.boxShare), options.minimum ?? 1, larger);
  const side = larger > short ? wanted : Math.min(wanted, short);
  const width = Math.min(side, picture.width);
  const height = Math.min(side, picture.height);
  return {
    left: startOf(box.left + box.width / 2, width, picture.width),
    top: startOf(box.top + box.height / 2, height, picture.height),
    width,
    height,
  };
}

/** Where a stretch of `length` around `centre` begins once it is moved inside 0..`limit`. */
function startOf(centre: number, length: number, limit: number): number {
  return Math.min(Math.max(0, Math.floor(centre - length / 2)), limit - length);
}

/** A frame is painted with at most the pixels of so many squares of the model's side, which is what memory hangs on. */
const mostSquares = 2;

/**
 * The size that a model paints a frame at: its short side becomes `side`, the long side follows and is rounded to a
 * `multiple`. A square frame gives `side` by `side`. A frame more than twice as long as wide keeps its shape and gets
 * smaller, to about the pixels of one that is 2:1: at most four times `side` long, as no picture is longer than 8:1. To
 * keep `side` and squeeze the long side instead would stretch all that is painted when it is pasted back; to hold that
 * side to twice `side` would leave a frame of 8:1 a quarter of the model's side to paint on.
 */
export function modelSizeFor(frame: Size, side: number, multiple: number): Size {
  const length = Math.max(frame.width, frame.height);
  const breadth = Math.min(frame.width, frame.height);
  const ratio = length / breadth;
  const fitting = Math.floor((side * Math.sqrt(mostSquares / ratio)) / multiple) * multiple;
  const short = ratio > mostSquares ? Math.max(multiple, fitting) : side;
  const rounded = (one: number) => Math.max(short, Math.round((one * short) / breadth / multiple) * multiple);
  return { width: rounded(frame.width), height: rounded(frame.height) };
}

/**
 * `box`, which lies in `frame`, in pixels of the frame at the model's size (a number is the side of a square).
 * Rounded outwards, so that all of the box is painted; at least one pixel, inside the frame.
 */
export function boxInFrame(box: Box, frame: Box, model: number | Size): Box {
  const size = typeof model === "number" ? { width: model, height: model } : model;
  const across = spanIn(box.left - frame.left, box.width, size.width / frame.width, size.width);
  const down = spanIn(box.top - frame.top, box.height, size.height / frame.height, size.height);
  return { left: across.start, top: down.start, width: across.length, height: down.length };
}

/** Products that miss a whole number by rounding alone must not cost a pixel. */
const slack = 1e-9;

function spanIn(start: number, length: number, scale: number, limit: number) {
  const first = Math.min(Math.max(0, Math.floor(start * scale + slack)), limit - 1);
  const end = Math.min(limit, Math.max(first + 1, Math.ceil((start + length) * scale - slack)));
  return { start: first, length: end - first };
}

/** A box at another scale, in whole pixels: at least one, inside `outer` at that scale as it was before. */
export function scaleBox(box: Box, scaleX: number, scaleY: number, outer: Box): Box {
  const across = scaleSpan(box.left, box.width, scaleX, outer.left + outer.width);
  const down = scaleSpan(box.top, box.height, scaleY, outer.top + outer.height);
  return { left: across.start, top: down.start, width: across.length, height: down.length };
}

function scaleSpan(start: number, length: number, scale: number, limit: number) {
  const first = Math.min(Math.round(start * scale), limit - 1);
  return { start: first, length: Math.max(1, Math.round((start + length) * scale) - first) };
}
