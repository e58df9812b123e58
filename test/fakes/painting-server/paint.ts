import { createHash } from "node:crypto";
import sharp from "sharp";

/** Pixels of a picture, `width * height * 3` bytes, and of a mask, `width * height` bytes. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

export interface Order {
  readonly picture: Pixels;
  /** Above 127 where it is repainted; `null` is everywhere. */
  readonly mask: Uint8Array | null;
  /** How much of what is there is painted over, 0 to 1. */
  readonly strength: number;
  /** All that makes a painting another one: the words, the seed, the steps. */
  readonly of: unknown;
  /** How far pixels outside the mask come out from what they were, as after an autoencoder. Default 0. */
  readonly drift?: number;
}

/** Paints a pattern that follows from the order inside the mask, over the picture that was given. */
export function paint({ picture, mask, strength, of, drift = 0 }: Order): Pixels {
  const { width, height } = picture;
  const seed = createHash("sha256").update(JSON.stringify(of)).digest().readUInt32LE();
  const rgb = Uint8Array.from(picture.rgb, (value, index) => {
    const pixel = Math.floor(index / 3);
    if (mask !== null && (mask[pixel] ?? 0) <= 127)
      return Math.min(255, Math.max(0, value + drift * (index % 2 ? 1 : -1)));
    // Of blocks of 4 x 4, so that a decoder or a scaler changes little of it.
    const [x, y] = [Math.floor((pixel % width) / 4), Math.floor(pixel / width / 4)];
    const mixed = Math.imul(
      seed ^ Math.imul(x + 1, 73_856_093) ^ Math.imul(y + 1, 19_349_663),
      2_654_435_761,
    );
    const painted = (mixed >>> (8 * (index % 3))) & 255;
    return Math.round((1 - strength) * value + strength * painted);
  });
  return { width, height, rgb };
}

/** Throws where the bytes are no picture. */
export async function decode(bytes: Uint8Array): Promise<Pixels> {
  const { data, info } = await sharp(bytes)
    .removeAlpha()
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, rgb: data };
}

export async function encode({ width, height, rgb }: Pixels): Promise<Buffer> {
  return sharp(rgb, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toBuffer();
}

/** One of the channels of a picture. */
export function channelOf({ rgb }: Pixels, channel: 0 | 1 | 2): Uint8Array {
  return Uint8Array.from({ length: rgb.length / 3 }, (_, pixel) => rgb[3 * pixel + channel] ?? 0);
}

/** As a workflow or a script that scales would: nearest pixels. */
export function scaled({ width, height, rgb }: Pixels, by: number): Pixels {
  const [newWidth, newHeight] = [Math.round(width * by), Math.round(height * by)];
  const out = Uint8Array.from({ length: newWidth * newHeight * 3 }, (_, index) => {
    const pixel = Math.floor(index / 3);
    const [x, y] = [Math.floor((pixel % newWidth) / by), Math.floor(Math.floor(pixel / newWidth) / by)];
    return rgb[3 * (Math.min(y, height - 1) * width + Math.min(x, width - 1)) + (index % 3)] ?? 0;
  });
  return { width: newWidth, height: newHeight, rgb: out };
}
