import { EditError } from "../errors.ts";
import type { Box } from "../types.ts";

/**
 * Reads an option's value as a decimal number; its range is the request's to check.
 * @throws EditError `usage`
 */
export function numberOf(option: string): (value: string) => number {
  return (value) => {
    if (/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(value)) return Number(value);
    throw new EditError("usage", `Expected ${option} to be a number, got ${JSON.stringify(value)}.`);
  };
}

/**
 * Reads an option's value as one of a few names.
 * @throws EditError `setting-out-of-range`
 */
export function oneOf<Name extends string>(option: string, names: readonly Name[]): (value: string) => Name {
  return (value) => {
    const found = names.find((name) => name === value);
    if (found !== undefined) return found;
    throw new EditError(
      "setting-out-of-range",
      `Expected ${option} to be one of ${names.join(", ")}, got ${JSON.stringify(value)}.`,
    );
  };
}

/**
 * Reads `LEFT,TOP,WIDTH,HEIGHT`, whole pixels of the upright picture.
 * @throws EditError `usage`
 */
export function boxOf(value: string): Box {
  const numbers = value.split(",").map((part) => (/^\s*-?\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  const [left, top, width, height] = numbers;
  if (
    numbers.length !== 4 ||
    numbers.some(Number.isNaN) ||
    left === undefined ||
    top === undefined ||
    width === undefined ||
    height === undefined
  ) {
    throw new EditError(
      "usage",
      `Expected --box as LEFT,TOP,WIDTH,HEIGHT in whole pixels, got ${JSON.stringify(value)}.`,
    );
  }
  return { left, top, width, height };
}
