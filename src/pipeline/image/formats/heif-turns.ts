import type { Item } from "./heif-items.ts";

/**
 * How the properties of an item turn it (`irot`, `imir`: ISO/IEC 23008-12, 6.5.10 and 6.5.12), in the order in which
 * they stand, as the orientation of EXIF that comes to the same.
 */
export function orientationOf(file: Buffer, { properties }: Item): number {
  // Which corner of the stored picture lies top left, top right, bottom right, bottom left.
  let corners = [0, 1, 2, 3];
  for (const { type, data } of properties) {
    const value = file[data] ?? 0;
    if (type === "irot") for (let turn = 0; turn < (value & 3); turn++) corners = at(corners, [1, 2, 3, 0]);
    if (type === "imir") corners = at(corners, value & 1 ? [1, 0, 3, 2] : [3, 2, 1, 0]);
  }
  return orientations.indexOf(`${corners[0]}${corners[1]}`) + 1;
}

function at(corners: readonly number[], order: readonly number[]): number[] {
  return order.map((index) => corners[index] as number);
}

/** The corners that lie at the top, left and right, by the orientations 1 to 8. */
const orientations = ["01", "10", "23", "32", "03", "30", "21", "12"];

/** The file, but nothing in it is turned: the properties are kept under a name that nobody knows or has to know. */
export function withoutTurns(bytes: Uint8Array, items: Iterable<Item>): Uint8Array {
  const file = Buffer.from(bytes);
  for (const { properties, associations } of items) {
    for (const [index, { type, start }] of properties.entries()) {
      if (type !== "irot" && type !== "imir") continue;
      file.write("free", start + 4, "latin1");
      const place = associations[index] as number;
      // The highest bit says that a reader has to know the property.
      file[place] = (file[place] as number) & 0x7f;
    }
  }
  return file;
}
