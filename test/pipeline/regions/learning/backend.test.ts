import { describe, expect, it, vi } from "vitest";
import { createRandom } from "../../../../src/pipeline/random.ts";
import { backendNames, loadBackend } from "../../../../src/pipeline/regions/learning/backend.ts";
import {
  createRegionNetwork,
  initialWeights,
  regionInput,
} from "../../../../src/pipeline/regions/learning/region-network.ts";
import { tryBackends } from "./backends.ts";

const listenersOf = () =>
  (["uncaughtException", "unhandledRejection"] as const).map((event) =>
    process.listeners(event as "uncaughtException"),
  );

describe("the backend that the region network is trained on", () => {
  // First: a backend is loaded into a process once, and that is when it could take the process over.
  it("leaves the process's own listeners as they were, and writes nothing to the console", async () => {
    const mine = () => {};
    process.on("unhandledRejection", mine);
    const before = listenersOf();
    const said = (["log", "info", "warn", "error"] as const).map((method) => vi.spyOn(console, method));
    try {
      await loadBackend(["wasm"]);
      await loadBackend(["cpu"]);
      expect(listenersOf()).toEqual(before);
      expect(process.listeners("unhandledRejection")).toContain(mine);
      expect(said.flatMap(({ mock }) => mock.calls)).toEqual([]);
    } finally {
      process.removeListener("unhandledRejection", mine);
      vi.restoreAllMocks();
    }
  });

  it("is the first of the preferences that loads", async () => {
    expect(await loadBackend(["cpu", "wasm"])).toMatchObject({ name: "cpu", passedOver: [] });
    expect(await loadBackend(["wasm", "cpu"])).toMatchObject({ name: "wasm", passedOver: [] });
  });

  it("is TensorFlow's own runtime where it is installed, otherwise WebAssembly, which says why", async () => {
    const [tensorflow] = await tryBackends();
    const backend = await loadBackend();
    if (tensorflow?.backend) {
      expect(backend).toMatchObject({ name: "tensorflow", passedOver: [] });
      return;
    }
    expect(backend.name).toBe("wasm");
    expect(backend.passedOver.map(({ name }) => name)).toEqual(["tensorflow"]);
    expect(String(backend.passedOver[0]?.reason)).toContain("@tensorflow/tfjs-node-gpu");
  });

  it("is named among those that failed, each with its reason, where none loads", async () => {
    const [tensorflow] = await tryBackends();
    if (tensorflow?.backend) return;
    const error = await loadBackend(["tensorflow"]).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(AggregateError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/^Expected one of tensorflow to load .*, got none\.$/),
      errors: [expect.any(Error)],
    });
  });

  it("can be gone back to after another was used", async () => {
    const features = { data: createRandom(1, "features").gaussians(2 * 4 * 49), shape: [2, 4, 7, 7] };
    const weights = initialWeights({ channels: 4, proposals: 2 }, 1);
    const wasm = await loadBackend(["wasm"]);
    const cpu = await loadBackend(["cpu"]);
    for (const backend of [wasm, cpu, wasm]) {
      await backend.activate();
      using input = regionInput(features);
      const network = createRegionNetwork(weights);
      expect(network.logits(input)).toEqual(new Float32Array(4));
    }
  });

  it("prefers what is fastest", () => {
    expect(backendNames).toEqual(["tensorflow", "wasm", "cpu"]);
  });
});
