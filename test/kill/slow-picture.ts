import sharp from "sharp";

/** A picture of noise, whose eight results take seconds to write, whoever paints them. */
export function slowPicture(): Promise<Uint8Array> {
  const noise = { type: "gaussian", mean: 128, sigma: 40 } as const;
  const create = { width: 3000, height: 2000, channels: 3, background: "#808080", noise } as const;
  return sharp({ create }).jpeg().toBuffer();
}
