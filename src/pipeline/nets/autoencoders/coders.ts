import { openFiniteSession } from "../finite-session.ts";
import type { GraphTarget, NetworkModel, Runtime, Session } from "../runtime.ts";

export interface CodersOptions {
  readonly runtime: Runtime;
  /** Where the weights are, for messages. */
  readonly file: string;
  readonly encoderOf: (target: GraphTarget) => NetworkModel;
  readonly decoderOf: (target: GraphTarget) => NetworkModel;
}

/** The two networks of an autoencoder. What either gives is finite, or `weights-corrupt` is thrown. */
export interface Coders extends AsyncDisposable {
  readonly encoder: Session;
  readonly decoder: Session;
}

export async function openCoders({ encoderOf, decoderOf, ...options }: CodersOptions): Promise<Coders> {
  // At full resolution their runs take gigabytes, which the UNet's then have in turn.
  const shared = { ...options, givesMemoryBack: true };
  const encoder = await openFiniteSession({ ...shared, graphOf: encoderOf });
  const decoder = await openFiniteSession({ ...shared, graphOf: decoderOf });
  return {
    encoder,
    decoder,
    async [Symbol.asyncDispose]() {
      await encoder[Symbol.asyncDispose]();
      await decoder[Symbol.asyncDispose]();
    },
  };
}
