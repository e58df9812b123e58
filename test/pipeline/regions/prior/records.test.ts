import { describe, expect, it } from "vitest";
import { type LossRecord, lineOf, siftRecords } from "../../../../src/pipeline/regions/prior/records.ts";
import { made, recordsOf } from "./law.ts";

const [record] = recordsOf({ pictures: 1, seed: 1, boxes: 5 }) as [LossRecord];
const changed = (change: Partial<LossRecord>) => lineOf({ ...record, ...change });
const none = { corrupt: 0, "of-another": 0, impossible: 0, "too-few": 0, repeated: 0 };

describe("records of losses", () => {
  it("are read as they were written, to four digits", () => {
    const { pictures, dropped } = siftRecords([lineOf(record)], made);
    expect(dropped).toEqual(none);
    expect(pictures[0]?.losses.map((loss) => loss.toPrecision(4))).toEqual(
      record.losses.map((loss) => loss.toPrecision(4)),
    );
    expect(pictures[0]?.features.data[0]).toBeCloseTo(record.boxes[0]![0]!, 3);
    expect(pictures[0]?.weight).toBe(1);
  });

  it("hold numbers and the name of what made them alone", () => {
    const values = Object.entries(JSON.parse(lineOf(record)));
    const texts = values.filter(([, value]) => JSON.stringify(value).includes('"')).map(([key]) => key);
    expect(texts).toEqual(["made"]);
  });

  it.each([
    ["a line that was cut off", lineOf(record).slice(0, 100), "corrupt"],
    ["no JSON", "hello", "corrupt"],
    ["NaN", lineOf(record).replace(/"losses":\[[^,]*/, '"losses":[NaN'), "corrupt"],
    ["null for a number", lineOf(record).replace(/"losses":\[[^,]*/, '"losses":[null'), "corrupt"],
    ["a box too few for its losses", changed({ boxes: record.boxes.slice(1) }), "corrupt"],
    ["boxes of other features", changed({ boxes: record.boxes.map((row) => row.slice(1)) }), "corrupt"],
    ["a field that nobody knows", JSON.stringify({ ...record, member: "discord:1" }), "corrupt"],
    ["a later version, whatever else it has", changed({ version: 99, boxes: [] }), "of-another"],
    ["another pack", changed({ made: "other 1 test" }), "of-another"],
    ["a loss below 0", changed({ losses: [-0.1, 1, 1, 1, 2] }), "impossible"],
    ["a loss above 6", changed({ losses: [6.1, 1, 1, 1, 2] }), "impossible"],
    ["a feature that no picture has", changed({ mean: record.mean.map(() => 1e6) }), "impossible"],
    ["a deviation of 0", changed({ spread: record.spread.map(() => 0) }), "impossible"],
    [
      "three boxes",
      changed({ boxes: record.boxes.slice(0, 3), losses: record.losses.slice(0, 3) }),
      "too-few",
    ],
    ["losses that are all alike", changed({ losses: [1, 1, 1, 1, 1] }), "too-few"],
  ] as const)("%s is dropped, and counted", (_what, line, reason) => {
    const { pictures, dropped } = siftRecords([line], made);
    expect(pictures).toEqual([]);
    expect(dropped).toEqual({ ...none, [reason]: 1 });
  });

  it("of one thousand alike one is kept", () => {
    const { pictures, dropped } = siftRecords(Array(1000).fill(lineOf(record)), made);
    expect(pictures.length).toBe(1);
    expect(dropped.repeated).toBe(999);
  });

  it("of one picture share the weight of one, however many prompts it was edited for", () => {
    const others = [0.1, 0.2, 0.3].map((more) =>
      changed({ losses: record.losses.map((loss) => loss + more) }),
    );
    const [, another] = recordsOf({ pictures: 2, seed: 2 }) as [LossRecord, LossRecord];
    const { pictures } = siftRecords([lineOf(record), ...others, lineOf(another)], made);
    expect(pictures.map(({ weight }) => weight)).toEqual([0.25, 0.25, 0.25, 0.25, 1]);
  });
});
