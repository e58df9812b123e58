import sharp from "sharp";

/** A picture of noise, whose eight results take so many seconds of a processor to write, whoever paints them. */
export function slowPicture(seconds = 3): Promise<Uint8Array> {
  const noise = { type: "gaussian", mean: 128, sigma: 40 } as const;
  const height = Math.round(1200 * Math.sqrt(seconds / 3));
  const create = {
    width: Math.round(1.5 * height),
    height,
    channels: 3,
    background: "#808080",
    noise,
  } as const;
  return sharp({ create }).jpeg().toBuffer();
}
