import { EditError } from "../../../errors.ts";
import { decodePicture, encodeRgbPng, resizeRgb } from "../../image/image.ts";
import type { Rgb } from "../../image/picture.ts";
import type { Frame } from "../inpainter.ts";
import { refused } from "./failures.ts";

/**
 * Sides of what a server paints are a multiple of this, and so are its boxes: a latent's side in pixels, where nothing says that it
 * is another.
 */
export const latentSide = 8;

/** A frame as it is sent: both pictures are PNGs of that size. */
export interface SentFrame {
  readonly width: number;
  readonly height: number;
  readonly picture: Uint8Array;
  /** White where it is to be repainted, black elsewhere. */
  readonly mask: Uint8Array;
  /** What is white in the mask, in pixels. */
  readonly repainted: Edges;
}

interface Edges {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * Encodes a frame whose sides go up to the next multiple, the last row and column repeated; its mask covers every
 * cell of a multiple that the box touches, so that none is lost where masks are shrunk to latents.
 */
export async function encodeFrame(frame: Frame, multiple: number): Promise<SentFrame> {
  const up = (length: number) => Math.ceil(length / multiple) * multiple;
  const down = (length: number) => Math.floor(length / multiple) * multiple;
  const { box } = frame;
  const width = up(frame.width);
  const height = up(frame.height);
  const repainted = {
    ...{ left: down(box.left), top: down(box.top) },
    ...{ right: up(box.left + box.width), bottom: up(box.top + box.height) },
  };
  const [picture, mask] = await Promise.all([
    encodeRgbPng(padded(frame, width, height)),
    encodeRgbPng(maskOf(repainted, width, height)),
  ]);
  return { width, height, picture, mask, repainted };
}

/** A reference as it is sent: a PNG of a megapixel at most. */
export async function encodeReference(picture: Rgb): Promise<Uint8Array> {
  const scale = Math.min(1, Math.sqrt((1024 * 1024) / (picture.width * picture.height)));
  if (scale === 1) return encodeRgbPng(picture);
  const width = Math.max(1, Math.floor(picture.width * scale));
  const height = Math.max(1, Math.floor(picture.height * scale));
  return encodeRgbPng({ width, height, rgb: await resizeRgb(picture, null, width, height, "lanczos") });
}

/**
 * The frame's pixels in the picture that a server gave back, `width * height * 3` bytes.
 * @throws EditError `inpainter-refused` where that is no picture, or has another size than what was sent, or one colour in its box
 */
export async function decodePainted(
  bytes: Uint8Array,
  sent: SentFrame,
  frame: Frame,
  from: string,
): Promise<Uint8Array> {
  const wanted = `a picture of ${sent.width}x${sent.height}`;
  const picture = await decodePicture(bytes).catch((cause: unknown) => {
    if (!(cause instanceof EditError)) throw cause;
    throw new EditError("inpainter-refused", `Expected ${wanted} from ${from}, got none: ${cause.message}`, {
      cause,
    });
  });
  if (picture.width !== sent.width || picture.height !== sent.height) {
    throw refused(
      `Expected ${wanted} from ${from}, got one of ${picture.width}x${picture.height}. Does it, or its workflow, scale pictures?`,
    );
  }
  if (isOneColour(picture, sent.repainted)) {
    throw refused(
      `Expected a painted box from ${from}, got one of a single colour, as where an autoencoder overflows in 16 bits. Start AUTOMATIC1111 or Forge with --no-half-vae, ComfyUI with --fp32-vae.`,
    );
  }
  return cropped(picture, frame);
}

/** Whether a box holds one colour, but for what lossy files change. No painting does. */
function isOneColour({ rgb, width }: Rgb, { left, top, right, bottom }: Edges): boolean {
  const first = 3 * (top * width + left);
  for (let y = top; y < bottom; y++) {
    for (let index = 3 * (y * width + left); index < 3 * (y * width + right); index++) {
      if (Math.abs((rgb[index] ?? 0) - (rgb[first + (index % 3)] ?? 0)) > 2) return false;
    }
  }
  return true;
}

function padded(frame: Rgb, width: number, height: number): Rgb {
  if (width === frame.width && height === frame.height) return frame;
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = Math.min(y, frame.height - 1) * frame.width * 3;
    const row = frame.rgb.subarray(from, from + frame.width * 3);
    rgb.set(row, y * width * 3);
    for (let x = frame.width; x < width; x++) rgb.set(row.subarray(-3), (y * width + x) * 3);
  }
  return { width, height, rgb };
}

function maskOf({ left, top, right, bottom }: Edges, width: number, height: number): Rgb {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = top; y < bottom; y++) rgb.fill(255, (y * width + left) * 3, (y * width + right) * 3);
  return { width, height, rgb };
}

function cropped(picture: Rgb, { width, height }: Frame): Uint8Array {
  if (picture.width === width && picture.height === height) return picture.rgb;
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const from = y * picture.width * 3;
    rgb.set(picture.rgb.subarray(from, from + width * 3), y * width * 3);
  }
  return rgb;
}
