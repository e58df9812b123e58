import type { Box } from "../../../../types.ts";
import type { LiveDraft, LiveFeatures } from "../../protocol.ts";
import type { Size } from "./box.ts";
import type { LiveFrame } from "./live-frame.ts";

/** What is drawn on, in CSS pixels; `pixelRatio` device pixels each. */
export interface Canvas extends Size {
  readonly context: CanvasRenderingContext2D;
  readonly pixelRatio: number;
}

/** Colours of the page's style. */
export interface Colours {
  readonly accent: string;
}

/**
 * Draws one instant of the learning over the picture: what draws attention, the boxes of every anchor as strong as they are
 * probable, the best so far in the accent, and what was painted as a draft where it was painted.
 */
export function drawLive(
  { context, width, height, pixelRatio }: Canvas,
  picture: Size,
  features: LiveFeatures,
  frame: LiveFrame,
  { accent }: Colours,
): void {
  const scale = width / picture.width;
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  context.clearRect(0, 0, width, height);
  // 1. The attention map: what draws none is darkened, so that the picture itself shows what does.
  if (frame.attention > 0) {
    context.globalAlpha = frame.attention * 0.72;
    context.imageSmoothingEnabled = true;
    context.imageSmoothingQuality = "high";
    context.drawImage(attentionPicture(features.attention), 0, 0, width, height);
  }
  // 2. Proposals, the likely ones last.
  const boxes = features.proposals.flatMap((row, anchor) => {
    const strengths = frame.boxes[anchor] ?? [];
    return row.map((box, index) => ({
      box,
      strength: (strengths[index] ?? 0) * frame.anchors,
      isBest: frame.best?.[0] === anchor && frame.best[1] === index,
    }));
  });
  for (const { box, strength, isBest } of boxes.toSorted((a, b) => a.strength - b.strength)) {
    if (strength > 0.008 && !isBest) outline(box, strength, false);
  }
  for (const { box, isBest } of boxes) if (isBest) outline(box, 1, true);
  // 3. Drafts, small, at the middle of what they painted; 4. anchors.
  const side = draftSide(features, scale);
  for (const [index, { x, y }] of features.anchors.entries()) {
    const drawn = frame.drafts[index];
    if (drawn && drawn.strength > 0.01) tile(drawn.draft, x * scale, y * scale, drawn.strength);
    else dot(x * scale, y * scale);
  }
  context.globalAlpha = 1;

  function outline(box: Box, strength: number, isBest: boolean): void {
    // Even a box that is hardly probable is seen as a hair: it was one of the choices.
    const alpha = isBest ? 1 : Math.min(0.85, 0.08 + 0.8 * Math.sqrt(strength));
    const line = isBest ? 2.5 : 1 + 0.5 * strength;
    const crisp = (value: number) => (Math.round(value * scale * pixelRatio) + 0.5) / pixelRatio;
    const left = Math.max(line / 2, crisp(box.left));
    const top = Math.max(line / 2, crisp(box.top));
    const right = Math.min(width - line / 2, crisp(box.left + box.width));
    const bottom = Math.min(height - line / 2, crisp(box.top + box.height));
    const path = () => {
      context.beginPath();
      context.roundRect(left, top, right - left, bottom - top, 2);
      context.stroke();
    };
    context.globalAlpha = alpha * 0.35;
    context.strokeStyle = "#000";
    context.lineWidth = line + 1.25;
    path();
    context.globalAlpha = alpha;
    context.strokeStyle = isBest ? accent : "#fff";
    context.lineWidth = line;
    path();
  }

  function tile(draft: LiveDraft, x: number, y: number, strength: number): void {
    const shown = side * (0.8 + 0.2 * strength);
    const half = shown / 2;
    const left = Math.min(width - shown - 2, Math.max(2, x - half));
    const top = Math.min(height - shown - 2, Math.max(2, y - half));
    context.save();
    context.globalAlpha = strength;
    context.shadowColor = "rgb(0 0 0 / 0.45)";
    context.shadowBlur = 6;
    context.shadowOffsetY = 1;
    context.fillStyle = "#fff";
    context.beginPath();
    context.roundRect(left - 1.5, top - 1.5, shown + 3, shown + 3, 4.5);
    context.fill();
    context.shadowColor = "transparent";
    context.beginPath();
    context.roundRect(left, top, shown, shown, 3);
    context.clip();
    context.drawImage(draftPicture(draft), left, top, shown, shown);
    context.restore();
  }

  function dot(x: number, y: number): void {
    context.globalAlpha = frame.anchors;
    context.fillStyle = "#fff";
    context.beginPath();
    context.arc(x, y, 4.5, 0, 2 * Math.PI);
    context.fill();
    context.fillStyle = accent;
    context.beginPath();
    context.arc(x, y, 3, 0, 2 * Math.PI);
    context.fill();
  }
}

/** As large as fits between anchors, in CSS pixels. */
function draftSide({ anchors }: LiveFeatures, scale: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (const [index, a] of anchors.entries()) {
    for (const b of anchors.slice(index + 1)) {
      // Squares touch by their larger distance of the two axes.
      least = Math.min(least, Math.max(Math.abs(a.x - b.x), Math.abs(a.y - b.y)) * scale);
    }
  }
  return Math.max(22, Math.min(64, least - 8));
}

const pictures = new WeakMap<object, HTMLCanvasElement>();

function remembered(key: object, make: () => ImageData): HTMLCanvasElement {
  const found = pictures.get(key);
  if (found) return found;
  const data = make();
  const canvas = document.createElement("canvas");
  canvas.width = data.width;
  canvas.height = data.height;
  canvas.getContext("2d")?.putImageData(data, 0, 0);
  pictures.set(key, canvas);
  return canvas;
}

/** Darkness where there is little attention, from the least to the most of this picture. */
function attentionPicture(attention: LiveFeatures["attention"]): HTMLCanvasElement {
  return remembered(attention, () => {
    const values = attention.flat();
    const least = Math.min(...values);
    const most = Math.max(...values);
    const image = new ImageData(attention[0]?.length ?? 1, Math.max(1, attention.length));
    for (const [index, value] of values.entries()) {
      const share = most > least ? (value - least) / (most - least) : 1;
      image.data.set([12, 10, 24, Math.round(235 * (1 - share) ** 1.2)], index * 4);
    }
    return image;
  });
}

function draftPicture(draft: LiveDraft): HTMLCanvasElement {
  return remembered(draft, () => {
    const bytes = atob(draft.rgb);
    const image = new ImageData(draft.side, draft.side);
    for (let pixel = 0; pixel < draft.side * draft.side; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        image.data[pixel * 4 + channel] = bytes.charCodeAt(pixel * 3 + channel);
      }
      image.data[pixel * 4 + 3] = 255;
    }
    return image;
  });
}
