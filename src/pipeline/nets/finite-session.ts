import { EditError } from "../../errors.ts";
import type { GraphTarget, NetworkModel, OpenOptions, Runtime, Session } from "./runtime.ts";

export interface FiniteSessionOptions extends OpenOptions {
  readonly runtime: Runtime;
  /** The network's graph for a target. */
  readonly graphOf: (target: GraphTarget) => NetworkModel;
  /** Where its weights are, for messages. */
  readonly file: string;
}

/**
 * Opens a network whose outputs are looked at after every run: what is not finite would be painted black. Where 16-bit
 * floats do not hold what it computes, as those of Stable Diffusion's larger autoencoders, that run is done again in 32
 * bits, and so is all that follows.
 * @throws EditError those of `Runtime.open`; `weights-corrupt` from a run that is not finite in 32 bits either.
 */
export async function openFiniteSession(options: FiniteSessionOptions): Promise<Session> {
  const { runtime, graphOf, file, givesMemoryBack = false } = options;
  let { target } = runtime;
  let session = await runtime.open(graphOf(target), { givesMemoryBack });
  return {
    async run(inputs) {
      const outputs = await session.run(inputs);
      if (areFinite(outputs)) return outputs;
      if (target.floats === "float32") throw notFinite(file);
      target = { ...target, floats: "float32" };
      await session[Symbol.asyncDispose]();
      session = await runtime.open(graphOf(target), { givesMemoryBack });
      const again = await session.run(inputs);
      if (areFinite(again)) return again;
      throw notFinite(file);
    },
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

function areFinite(outputs: Awaited<ReturnType<Session["run"]>>): boolean {
  for (const { data } of Object.values(outputs)) {
    for (let index = 0; index < data.length; index++) {
      if (!Number.isFinite(data[index])) return false;
    }
  }
  return true;
}

function notFinite(file: string): EditError {
  return new EditError(
    "weights-corrupt",
    `Expected finite numbers from the network with the weights ${file}, got NaN or infinity. Fetch or convert them again.`,
  );
}
