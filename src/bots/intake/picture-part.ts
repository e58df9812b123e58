import type { PicturePart } from "../../types.ts";
import { Refusal } from "../refusal.ts";

// Where in a picture, as members say it.

/** Parts that have a name. */
export const parts: ReadonlyMap<string, PicturePart> = new Map([
  ["left", { left: 0, top: 0, width: 50, height: 100 }],
  ["right", { left: 50, top: 0, width: 50, height: 100 }],
  ["top", { left: 0, top: 0, width: 100, height: 50 }],
  ["bottom", { left: 0, top: 50, width: 100, height: 50 }],
  ["middle", { left: 25, top: 25, width: 50, height: 50 }],
]);

/**
 * A part by its name, or as a box in per cent of the picture: `left,top,width,height`, each with its sign or without.
 * @throws Refusal `where-unknown`, `where-outside`
 */
export function readPart(typed: string): PicturePart {
  const named = parts.get(typed.trim().toLowerCase());
  if (named) return named;
  const [, left, top, width, height] = (boxForm.exec(typed) ?? []).map(Number);
  if (left === undefined || top === undefined || width === undefined || height === undefined) {
    throw new Refusal(
      { code: "where-unknown", got: typed.trim() },
      `Expected ${[...parts.keys()].join(", ")} or a box in per cent, got ${JSON.stringify(typed)}.`,
    );
  }
  if (left + width <= 100 && top + height <= 100 && width >= 1 && height >= 1)
    return { left, top, width, height };
  throw new Refusal(
    { code: "where-outside", got: typed.trim() },
    `Expected a box inside the picture in per cent, got ${JSON.stringify(typed)}.`,
  );
}

const one = "(\\d{1,6}(?:\\.\\d{1,3})?)\\s*%?";
const boxForm = new RegExp(`^\\s*${[one, one, one, one].join("\\s*,\\s*")}\\s*$`);

/** A part as `readPart` reads it. */
export function typedPart(part: PicturePart): string {
  const { left, top, width, height } = part;
  const text = [left, top, width, height].join(",");
  return [...parts].find(([, each]) => JSON.stringify(each) === JSON.stringify(part))?.[0] ?? text;
}
