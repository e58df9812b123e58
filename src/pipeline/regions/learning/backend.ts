import * as tf from "@tensorflow/tfjs-core";

/** TensorFlow's own runtime (`@tensorflow/tfjs-node-gpu`, on a GPU where it finds one), WebAssembly, or plain JavaScript. */
export const backendNames = ["tensorflow", "wasm", "cpu"] as const;
export type BackendName = (typeof backendNames)[number];

/** Where the region network is trained. */
export interface LearningBackend {
  readonly name: BackendName;
  /** Why each backend that was preferred to this one is not used; empty for the first. */
  readonly passedOver: readonly { readonly name: BackendName; readonly reason: unknown }[];
  /** Makes TensorFlow.js work here from now on: its choice of backend is one for the whole process. */
  activate(): Promise<void>;
}

/**
 * The first backend that loads on this machine. `@tensorflow/tfjs-node-gpu` is an optional peer, so its absence is
 * no failure; it needs `TF_FORCE_GPU_ALLOW_GROWTH=true` in the environment of the process, or it takes the GPU
 * memory that ONNX Runtime lives in (config.ts sets it for workers). Nothing is fetched and nothing printed.
 */
export async function loadBackend(
  preferences: readonly BackendName[] = backendNames,
): Promise<LearningBackend> {
  // Production mode: the plain backend would otherwise advertise other packages on the console.
  tf.env().set("PROD", true);
  const passedOver: { name: BackendName; reason: unknown }[] = [];
  for (const name of preferences) {
    try {
      await withProcessListenersKept(async () => {
        await loaders[name]();
        await activate(name);
      });
      return { name, passedOver, activate: () => activate(name) };
    } catch (reason) {
      passedOver.push({ name, reason });
    }
  }
  throw new AggregateError(
    passedOver.map(({ reason }) => reason),
    `Expected one of ${preferences.join(", ")} to load as TensorFlow.js backend, got none.`,
  );
}

async function activate(name: BackendName): Promise<void> {
  if (!(await tf.setBackend(name)))
    throw new Error(`Expected TensorFlow.js to start ${name}, got a refusal.`);
}

// Named by a variable, because the compiler must not look for a package that need not be there.
const gpuPackage: string = "@tensorflow/tfjs-node-gpu";

const loaders: Record<BackendName, () => Promise<unknown>> = {
  tensorflow: () => import(gpuPackage),
  wasm: () => import("@tensorflow/tfjs-backend-wasm"),
  // The whole of TensorFlow.js for the sake of one backend: twice the memory, so only where WebAssembly fails.
  cpu: () => import("@tensorflow/tfjs"),
};

/** Emscripten's start-up code makes itself the process's handler of uncaught errors, which is the worker's to be. */
async function withProcessListenersKept(work: () => Promise<void>): Promise<void> {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const before = events.map((event) => process.listeners(event as "uncaughtException"));
  try {
    await work();
  } finally {
    for (const [index, event] of events.entries()) {
      for (const listener of process.listeners(event as "uncaughtException")) {
        if (!before[index]?.includes(listener)) process.removeListener(event, listener);
      }
    }
  }
}
