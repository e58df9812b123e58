import { expect, it } from "vitest";
import { garbled } from "../../../src/pipeline/image/garble.ts";

it("puts every piece of a picture elsewhere, and keeps all of them", () => {
  const [width, height] = [62, 44];
  // Each piece of 10 by 7 pixels has a colour of its own; what does not divide is 255.
  const pieceAt = (x: number, y: number) =>
    x < 60 && y < 42 ? Math.floor(y / 7) * 6 + Math.floor(x / 10) : 255;
  const alpha = Uint8Array.from({ length: width * height }, (_, at) =>
    pieceAt(at % width, Math.floor(at / width)),
  );
  const rgb = Uint8Array.from({ length: width * height * 3 }, (_, at) => alpha[Math.floor(at / 3)] ?? 0);
  const mixed = garbled({ width, height, rgb, alpha });
  const seen = new Map<number, number>();
  for (let at = 0; at < width * height; at++) {
    const before = alpha[at] ?? 0;
    const after = mixed.alpha?.[at] ?? 0;
    expect(mixed.rgb[at * 3 + 2]).toBe(after);
    if (before === 255) expect(after).toBe(255);
    else expect(after).not.toBe(before);
    seen.set(after, (seen.get(after) ?? 0) + 1);
  }
  expect([...seen.entries()].filter(([piece]) => piece < 36).map(([, count]) => count)).toEqual(
    new Array(36).fill(70),
  );
  expect(rgb[0]).toBe(0);
});
