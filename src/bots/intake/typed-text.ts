import { EditError } from "../../errors.ts";
import { tidyText, withoutInvisible } from "../../request.ts";
import type { Box } from "../../types.ts";

// What members type, as the bot reads it.

/** One line without invisible characters, and without the quotes that people put around what they say. */
export function tidyPrompt(text: string): string {
  const line = tidyText(withoutInvisible(tidyText(text.replace(/\s+/gu, " "))));
  const inner = quoted
    .exec(line)
    ?.slice(1)
    .find((part) => part !== undefined);
  return (inner ?? line).trim();
}

const quoted = /^"([^"]*)"$|^'([^']*)'$|^[“”„«»]([^“”„«»]*)[“”«»]$|^[‘’‚]([^‘’]*)[‘’]$/u;

/** The largest seed that a request takes. */
export const largestSeed = 2 ** 32 - 1;

/** A seed typed with or without separators; `null` where none was typed. @throws EditError `seed-invalid` */
export function readSeed(text: string): number | null {
  const digits = text.replace(/[\s.,'’]/gu, "");
  if (digits === "") return null;
  const seed = /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
  if (seed <= largestSeed) return seed;
  throw new EditError("seed-invalid", `Expected a seed of 0 to ${largestSeed}, got another.`);
}

/** A box typed as `left,top,width,height` in pixels; `null` where none was typed. @throws EditError `setting-out-of-range` */
export function readBox(text: string): Box | null {
  if (text.trim() === "") return null;
  const [, left, top, width, height] = boxForm.exec(text) ?? [];
  if (height !== undefined && Number(width) > 0 && Number(height) > 0) {
    return { left: Number(left), top: Number(top), width: Number(width), height: Number(height) };
  }
  throw new EditError(
    "setting-out-of-range",
    `Expected a box as left,top,width,height in whole pixels, got ${JSON.stringify(text)}.`,
    { setting: "box" },
  );
}

const boxForm = /^\s*(\d{1,6})\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})\s*,\s*(\d{1,6})\s*$/;

/** A box as `readBox` reads it. */
export function typedBox({ left, top, width, height }: Box): string {
  return [left, top, width, height].join(",");
}
