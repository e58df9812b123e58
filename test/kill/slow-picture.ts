import sharp from "sharp";

/** A picture of noise, whose eight results take 3 s of a processor to write, whoever paints them. */
export function slowPicture(): Promise<Uint8Array> {
  const noise = { type: "gaussian", mean: 128, sigma: 40 } as const;
  const create = { width: 1800, height: 1200, channels: 3, background: "#808080", noise } as const;
  return sharp({ create }).jpeg().toBuffer();
}
