import { EditError } from "../../errors.ts";
import type { Runtime, Session } from "./runtime.ts";

/**
 * A runtime that takes every graph and runs none: whoever builds a network on it finds what its description and its
 * weights' headers are wrong in, in milliseconds and without its memory.
 */
export function createDryRuntime(): Runtime {
  const session: Session = {
    run: () =>
      Promise.reject(new EditError("internal", "Expected a network that runs, got one that was only built.")),
    async [Symbol.asyncDispose]() {},
  };
  return {
    device: "cpu",
    threads: 1,
    target: { floats: "float32", dialect: "fused" },
    times: { runs: 0, totalMilliseconds: 0, longestMilliseconds: 0 },
    open: () => Promise.resolve(session),
    async [Symbol.asyncDispose]() {},
  };
}
