import { availableParallelism } from "node:os";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { EditError } from "../errors.ts";
import type { Tensor, TokenIds } from "./tensor.ts";

/** A network as ONNX bytes whose weights lie, as external data, in files of `folder` (a real path). */
export interface NetworkModel {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly folder: string;
}

/** An opened network. */
export interface Session extends AsyncDisposable {
  /**
   * Runs the network once and gives the graph's outputs by name. Inputs are read in place, not copied. The
   * thread is blocked meanwhile: no message or timer of this process is served.
   * @throws EditError `out-of-memory`; `internal` where the inputs do not fit the graph.
   */
  run(inputs: Readonly<Record<string, Tensor | TokenIds>>): Promise<Readonly<Record<string, Tensor>>>;
}

/** What running networks has cost so far, in milliseconds inside ONNX Runtime. */
export interface RunTimes {
  readonly runs: number;
  readonly totalMilliseconds: number;
  /** The longest single run: the measure of how long a healthy worker may be silent. */
  readonly longestMilliseconds: number;
}

/** Opens networks on one device. Disposing of it disposes of every session that is still open. */
export interface Runtime extends AsyncDisposable {
  /** As `RuntimeOptions.device`. */
  readonly device: string;
  readonly threads: number;
  readonly times: RunTimes;
  /** @throws EditError `out-of-memory`, `device-unavailable`; `internal` where the graph is not sound. */
  open(model: NetworkModel): Promise<Session>;
}

export interface RuntimeOptions {
  /** Where networks run: `cpu`, the default. */
  readonly device?: string | undefined;
  /** Threads that share one operator's work; default is what the machine offers. */
  readonly threads?: number | undefined;
  /** Where ONNX Runtime writes what each operator cost, a file for each session; it is complete once disposed of. */
  readonly profilePrefix?: string | undefined;
}

/**
 * The way to ONNX Runtime; nothing else in the product knows it.
 * @throws EditError `device-unavailable`
 */
export async function openRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const device = options.device ?? "cpu";
  const providers = providersOf(device);
  const threads = options.threads ?? availableParallelism();
  const times = { runs: 0, totalMilliseconds: 0, longestMilliseconds: 0 };
  const opened = new Set<Session>();

  return {
    device,
    threads,
    times,
    async open(model) {
      const session = await createSession(model, providers, threads, options.profilePrefix);
      const handle: Session = {
        async run(inputs) {
          const feeds = toFeeds(inputs);
          const start = performance.now();
          const fetched = await session.run(feeds).catch((cause: unknown) => {
            throw runtimeError(`a run of ${model.name}`, cause);
          });
          const milliseconds = performance.now() - start;
          times.runs += 1;
          times.totalMilliseconds += milliseconds;
          times.longestMilliseconds = Math.max(times.longestMilliseconds, milliseconds);
          return toTensors(fetched, model.name);
        },
        async [Symbol.asyncDispose]() {
          if (opened.delete(handle)) await session.release();
        },
      };
      opened.add(handle);
      return handle;
    },
    async [Symbol.asyncDispose]() {
      for (const session of opened) await session[Symbol.asyncDispose]();
    },
  };
}

function providersOf(device: string): readonly string[] {
  if (device === "cpu") return ["cpu"];
  throw new EditError("device-unavailable", `Expected the device cpu, got ${device}.`);
}

async function createSession(
  model: NetworkModel,
  providers: readonly string[],
  threads: number,
  profilePrefix: string | undefined,
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(model.bytes, {
      executionProviders: providers,
      intraOpNumThreads: threads,
      graphOptimizationLevel: "all",
      logSeverityLevel: 4,
      ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
      extra: {
        session: {
          model_external_initializers_file_folder_path: model.folder,
          // Its threads would otherwise stay busy for 25 ms after a run, on cores that the work between runs needs.
          force_spinning_stop: "1",
        },
      },
    });
  } catch (cause) {
    throw runtimeError(`a session of ${model.name} on ${providers.join()}`, cause);
  }
}

function toFeeds(inputs: Readonly<Record<string, Tensor | TokenIds>>): Record<string, OrtTensor> {
  const feeds: Record<string, OrtTensor> = {};
  for (const [name, { data, shape }] of Object.entries(inputs)) {
    feeds[name] =
      data instanceof Float32Array
        ? new OrtTensor("float32", data, shape)
        : new OrtTensor("int64", data, shape);
  }
  return feeds;
}

function toTensors(fetched: InferenceSession.ReturnType, network: string): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {};
  for (const [name, value] of Object.entries(fetched)) {
    if (!(value.data instanceof Float32Array)) {
      throw new EditError("internal", `Expected ${name} of ${network} as float32, got ${value.type}.`);
    }
    tensors[name] = { data: value.data, shape: value.dims };
  }
  return tensors;
}

function runtimeError(expected: string, cause: unknown): EditError {
  const text = cause instanceof Error ? cause.message : String(cause);
  const [line = ""] = text.split("\n");
  const code = outOfMemory.test(text)
    ? "out-of-memory"
    : deviceLost.test(text)
      ? "device-unavailable"
      : "internal";
  return new EditError(code, `Expected ${expected}, got "${line}".`, { cause });
}

const outOfMemory =
  /bad_alloc|bad allocation|failed to allocate|out of memory|array buffer allocation failed/i;
const deviceLost = /cuda|cudnn|webgpu|dawn|no available backend|failed to load library/i;
