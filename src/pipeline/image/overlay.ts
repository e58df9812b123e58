import type { Box } from "../../types.ts";
import type { Size } from "./framing.ts";
import type { GridMask, Rgb } from "./picture.ts";

/** What an overlay shows. */
export interface OverlayMarks {
  readonly box: Box;
  /** `null` where the box was given and no anchor chose it. */
  readonly anchor: { readonly x: number; readonly y: number } | null;
  /** 1 is best. */
  readonly rank: number;
  /** The picture before it was edited: where it is as it was it is shown dark. By default nothing is. */
  readonly before?: Rgb | null;
  /** Where a method decided to edit, over the whole picture; elsewhere it is shown dark, in place of where it is as before. */
  readonly decided?: GridMask | null;
}

/** The part of the picture that the marks touch; whole pixels, inside the picture. */
export function marksExtent(picture: Size, marks: OverlayMarks): Box {
  const { outline, badge, anchor } = layOut(picture, marks);
  const dot = anchor && boxAround(anchor, anchor.radius + anchor.rim);
  const all = [outline, badge, ...(dot ? [dot] : [])];
  const left = Math.max(0, Math.min(...all.map((part) => part.left)));
  const top = Math.max(0, Math.min(...all.map((part) => part.top)));
  const right = Math.min(picture.width, Math.max(...all.map((part) => part.left + part.width)));
  const bottom = Math.min(picture.height, Math.max(...all.map((part) => part.top + part.height)));
  return { left, top, width: right - left, height: bottom - top };
}

/** An SVG drawing of the part `view` of the marks, `view.width` by `view.height` pixels; transparent elsewhere. */
export function marksSvg(picture: Size, marks: OverlayMarks, view: Box): string {
  const layout = layOut(picture, marks);
  const window = `${view.left} ${view.top} ${view.width} ${view.height}`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${view.width}" height="${view.height}" viewBox="${window}">`,
    outlineSvg(layout),
    layout.anchor ? anchorSvg(layout.anchor) : "",
    badgeSvg(layout.badge, marks.rank),
    "</svg>",
  ].join("");
}

/** A number in the upper left corner of a picture: an SVG drawing, and where it stands. */
export function numberDrawing(picture: Size, number: number): { readonly svg: string; readonly box: Box } {
  const short = Math.min(picture.width, picture.height);
  const height = Math.max(Math.min(13, Math.round(short * 0.31)), Math.round(short / 9));
  const margin = Math.round(height / 4);
  const size = { width: Math.min(badgeWidth(number, height), picture.width), height };
  const left = clamp(margin, picture.width - size.width);
  const top = clamp(margin, picture.height - height);
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${height}" viewBox="0 0 ${size.width} ${height}">`,
    badgeSvg({ left: 0, top: 0, ...size }, number),
    "</svg>",
  ].join("");
  return { svg, box: { left, top, ...size } };
}

const dark = "#101418";
const light = "#ffffff";

/** Where everything goes, in pixels of the picture. */
interface Layout {
  /** The outer edge of the box's line. */
  readonly outline: Box;
  /** Thickness of the white line, and of the dark rim on either side of it. */
  readonly line: number;
  readonly rim: number;
  readonly badge: Box;
  readonly anchor: {
    readonly x: number;
    readonly y: number;
    readonly radius: number;
    readonly rim: number;
  } | null;
}

function layOut(picture: Size, { box, anchor, rank }: OverlayMarks): Layout {
  const short = Math.min(picture.width, picture.height);
  const line = Math.max(1, Math.round(short / 200));
  const rim = Math.max(1, Math.round(line / 2));
  const outline = outlineOf(box, picture, line + 2 * rim, rim);
  const height = Math.max(Math.min(13, Math.round(short * 0.31)), Math.round(short / 15));
  const badge = badgeBox(outline, { width: badgeWidth(rank, height), height }, picture);
  const radius = Math.max(2, short / 90);
  return { outline, line, rim, badge, anchor: anchor && { x: anchor.x, y: anchor.y, radius, rim } };
}

/** The box, its dark rim outside; moved inside the picture, and never so small that its line would fill it. */
function outlineOf(box: Box, picture: Size, thickness: number, rim: number): Box {
  const least = 2 * thickness + 1;
  const across = stretch(box.left - rim, box.width + 2 * rim, least, picture.width);
  const down = stretch(box.top - rim, box.height + 2 * rim, least, picture.height);
  return { left: across.start, top: down.start, width: across.length, height: down.length };
}

function stretch(start: number, length: number, least: number, limit: number) {
  const missing = Math.max(0, least - length);
  const first = Math.min(Math.max(0, start - Math.ceil(missing / 2)), Math.max(0, limit - least));
  const end = Math.min(limit, Math.max(start + length + Math.floor(missing / 2), first + least));
  return { start: first, length: end - first };
}

/** Above the box, below it, right or left of it, or else in its upper left corner; always inside the picture. */
function badgeBox(outline: Box, { width, height }: Size, picture: Size): Box {
  const left = clamp(outline.left, picture.width - width);
  const top = clamp(outline.top, picture.height - height);
  const places = [
    { left, top: outline.top - height },
    { left, top: outline.top + outline.height },
    { left: outline.left + outline.width, top },
    { left: outline.left - width, top },
  ];
  const isInside = (place: { readonly left: number; readonly top: number }) =>
    place.left === clamp(place.left, picture.width - width) &&
    place.top === clamp(place.top, picture.height - height);
  return { ...(places.find(isInside) ?? { left, top }), width, height };
}

function clamp(start: number, limit: number): number {
  return Math.max(0, Math.min(start, limit));
}

function boxAround({ x, y }: { readonly x: number; readonly y: number }, reach: number): Box {
  const left = Math.floor(x - reach);
  const top = Math.floor(y - reach);
  return { left, top, width: Math.ceil(x + reach) - left, height: Math.ceil(y + reach) - top };
}

/** Rings of whole pixels, so that they are crisp without antialiasing. */
function outlineSvg({ outline, line, rim }: Layout): string {
  const whole = line + 2 * rim;
  return ring(outline, 0, whole, dark) + ring(outline, rim, rim + line, light);
}

function ring(box: Box, from: number, to: number, colour: string): string {
  return `<path fill="${colour}" fill-rule="evenodd" d="${rectangle(box, from)}${rectangle(box, to)}"/>`;
}

function rectangle(box: Box, inset: number): string {
  const width = box.width - 2 * inset;
  const height = box.height - 2 * inset;
  return `M${box.left + inset} ${box.top + inset}h${width}v${height}h${-width}z`;
}

function anchorSvg({ x, y, radius, rim }: NonNullable<Layout["anchor"]>): string {
  const disc = (r: number, colour: string) => `<circle cx="${x}" cy="${y}" r="${r}" fill="${colour}"/>`;
  const pupil = radius * 0.4;
  // Less than three pixels across, it would only grey the white.
  return disc(radius + rim, dark) + disc(radius, light) + (pupil < 1.5 ? "" : disc(pupil, dark));
}

/** Digits are drawn in cells of 10 by 16 with lines 2.6 wide, 3.4 apart. */
const cell = { width: 10, height: 16, gap: 3.4, stroke: 2.6 } as const;

/** The digits' height over the badge's. */
const digitShare = 0.66;

function badgeWidth(rank: number, height: number): number {
  const scale = (height * digitShare) / cell.height;
  const digits = String(rank).length;
  const text = (digits * cell.width + (digits - 1) * cell.gap) * scale;
  return Math.max(height, Math.round(text + height * 0.5));
}

function badgeSvg(badge: Box, rank: number): string {
  const scale = (badge.height * digitShare) / cell.height;
  const digits = [...String(rank)];
  const width = digits.length * cell.width + (digits.length - 1) * cell.gap;
  const left = badge.left + (badge.width - width * scale) / 2;
  const top = badge.top + (badge.height - cell.height * scale) / 2;
  const shapes = digits.map((digit, index) => {
    const shift = index * (cell.width + cell.gap);
    return `<path transform="translate(${shift} 0)" d="${digitShapes[Number(digit)]}"/>`;
  });
  return (
    `<rect x="${badge.left}" y="${badge.top}" width="${badge.width}" height="${badge.height}" fill="${dark}"/>` +
    `<g transform="translate(${left} ${top}) scale(${scale})" fill="none" stroke="${light}" ` +
    `stroke-width="${cell.stroke}" stroke-linecap="round" stroke-linejoin="round">${shapes.join("")}</g>`
  );
}

/** Our own figures 0 to 9 as lines, because a machine may have no fonts at all. */
const digitShapes = [
  "M5 1C8 1 9 4 9 8S8 15 5 15 1 12 1 8 2 1 5 1Z",
  "M2 4.2L5.8 1V15",
  "M1.2 4.6C1.2 2.3 2.9 1 5 1S8.8 2.6 8.8 4.8C8.8 8.4 1.2 11.4 1.2 15H9",
  "M1.4 2.8C2.2 1.6 3.5 1 4.9 1 7.2 1 8.6 2.3 8.6 4.2S7 7.5 4.2 7.5C7.3 7.5 9 9 9 11.2S7.3 15 4.9 15C3.2 15 1.9 14.4 1 13.1",
  "M7 15V1L1 11H9.4",
  "M8.4 1H2.2L1.6 7.4C2.5 6.6 3.7 6.2 4.9 6.2 7.4 6.2 9 8 9 10.5S7.3 15 4.8 15C3.1 15 1.8 14.3 1 13.1",
  "M8.2 2.4C7.4 1.4 6.4 1 5.4 1 2.6 1 1 4.2 1 10.4 1 13.2 2.7 15 5 15S9 13.2 9 10.6 7.4 6.4 5.1 6.4 1 8.2 1 10.6",
  "M1 1H9L4 15",
  "M5 1C7.2 1 8.6 2.2 8.6 4.2S7.2 7.4 5 7.4 1.4 6.2 1.4 4.2 2.8 1 5 1ZM5 7.4C7.5 7.4 9 9 9 11.2S7.4 15 5 15 1 13.4 1 11.2 2.5 7.4 5 7.4Z",
  "M1.8 13.6C2.6 14.6 3.6 15 4.6 15 7.4 15 9 11.8 9 5.6 9 2.8 7.3 1 5 1S1 2.8 1 5.4 2.6 9.6 4.9 9.6 9 7.8 9 5.4",
] as const;
