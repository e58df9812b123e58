import { describe, expect, it } from "vitest";
import { readNamed } from "../../../src/bots/intake/named-picture.ts";

describe("the last picture", () => {
  it.each([
    ["edit that: a red car", "a red car"],
    ["Edit that, make it blue", "make it blue"],
    ["please edit the last picture – a red car", "a red car"],
    ["edit this image a red car", "a red car"],
    ["a red car --last", "a red car"],
    ["--last a red car", "a red car"],
    ["edit that", ""],
    ["bearbeite das Bild: ein rotes Auto", "ein rotes Auto"],
    ["Modifie la dernière image : une voiture rouge", "une voiture rouge"],
  ])("is meant by %s", (text, rest) => {
    expect(readNamed(text)).toEqual({ text: rest, named: { kind: "last" } });
  });

  it.each(["a red car", "edit thatched roofs", "a lastly --lasting thing", "credit that: a car"])(
    "is not meant by %s",
    (text) => {
      expect(readNamed(text)).toEqual({ text, named: null });
    },
  );
});
