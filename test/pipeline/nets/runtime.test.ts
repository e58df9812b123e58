import path from "node:path";
import { describe, expect, it } from "vitest";
import type { GraphBuilder } from "../../../src/pipeline/nets/graph/builder.ts";
import { createGraph } from "../../../src/pipeline/nets/graph/graph.ts";
import { openRuntime, type Runtime } from "../../../src/pipeline/nets/runtime.ts";
import { openSafetensors } from "../../../src/pipeline/nets/safetensors.ts";

/** A graph written by hand, beside weights that it does not use. */
async function open(runtime: Runtime, write: (g: GraphBuilder) => void) {
  const folder = path.join(import.meta.dirname, "../../fixtures/goldens/dino/model");
  const g = createGraph("a small graph", await openSafetensors(path.join(folder, "model.safetensors")), {
    floats: "float32",
    dialect: "fused",
  });
  write(g);
  return runtime.open(g.finish());
}

const doubling = (g: GraphBuilder): void => {
  g.output("doubled", g.node("Mul", [g.input("x", ["n", 2]), g.floats(2)]));
};

describe("a runtime", () => {
  it("runs a graph with what it is given and measures the time inside", async () => {
    await using runtime = await openRuntime({ threads: 1 });
    const session = await open(runtime, doubling);
    expect(runtime.times).toEqual({ runs: 0, totalMilliseconds: 0, longestMilliseconds: 0 });
    for (const value of [1, 5]) {
      const { doubled } = await session.run({ x: { data: Float32Array.of(value, 3), shape: [1, 2] } });
      expect(doubled).toEqual({ data: Float32Array.of(2 * value, 6), shape: [1, 2] });
    }
    const { runs, totalMilliseconds, longestMilliseconds } = runtime.times;
    expect(runs).toBe(2);
    expect(longestMilliseconds).toBeGreaterThan(0);
    expect(totalMilliseconds).toBeGreaterThan(longestMilliseconds);
  });

  it("tells of inputs that do not fit the graph as an internal error with the runtime's words", async () => {
    await using runtime = await openRuntime({ threads: 1 });
    const session = await open(runtime, doubling);
    await expect(session.run({ x: { data: new Float32Array(3), shape: [1, 3] } })).rejects.toMatchObject({
      code: "internal",
      message: expect.stringContaining("a small graph"),
    });
  });

  it("tells of a graph that is not sound when it is opened", async () => {
    await using runtime = await openRuntime({ threads: 1 });
    const unsound = open(runtime, (g) => g.output("y", g.node("NoSuchOperator", [g.input("x", [1])])));
    await expect(unsound).rejects.toMatchObject({ code: "internal" });
  });

  it("tells of memory that the machine does not have", async () => {
    await using runtime = await openRuntime({ threads: 1 });
    const session = await open(runtime, (g) => {
      const shape = g.node("Cast", [g.input("shape", [1])], { to: 7 });
      const huge = g.node("Expand", [g.floats([1]), shape]);
      g.output("sum", g.node("ReduceSum", [huge]));
    });
    const shape = { data: Float32Array.of(2 ** 46), shape: [1] };
    await expect(session.run({ shape })).rejects.toMatchObject({ code: "out-of-memory" });
  });

  it("refuses a device that it cannot reach", async () => {
    await expect(openRuntime({ device: "cuda:7" })).rejects.toMatchObject({ code: "device-unavailable" });
  });

  it("releases each session once, whoever disposes of it first", async () => {
    const runtime = await openRuntime({ threads: 1 });
    const session = await open(runtime, doubling);
    await session[Symbol.asyncDispose]();
    await session[Symbol.asyncDispose]();
    await runtime[Symbol.asyncDispose]();
    const run = session.run({ x: { data: new Float32Array(2), shape: [1, 2] } });
    await expect(run).rejects.toMatchObject({ code: "internal" });
  });
});
