/** True of a WebP that moves (WebP Container Specification: the flag of `VP8X`). */
export function isAnimatedWebp(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.subarray(12, 16)).toString("latin1") === "VP8X" && ((bytes[20] ?? 0) & 2) !== 0;
}

/** True of a GIF of more than one picture (GIF89a, 17 to 26): its blocks are walked, nothing is decoded. */
export function isAnimatedGif(bytes: Uint8Array): boolean {
  let pictures = 0;
  for (let at = 13 + tableBytes(bytes[10] ?? 0); at < bytes.length; ) {
    const kind = bytes[at++];
    if (kind === 0x21) at = afterBlocks(bytes, at + 1);
    else if (kind === 0x2c) {
      if (++pictures > 1) return true;
      at = afterBlocks(bytes, at + 9 + tableBytes(bytes[at + 8] ?? 0) + 1);
    } else return false;
  }
  return false;
}

/** The length of the colour table that a packed field announces. */
function tableBytes(packed: number): number {
  return packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0;
}

/** Blocks of a length and as many bytes, up to one of no length. */
function afterBlocks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && bytes[at] !== 0) at += (bytes[at] as number) + 1;
  return at + 1;
}
