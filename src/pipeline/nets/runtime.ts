import { availableParallelism } from "node:os";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { EditError } from "../../errors.ts";
import { dataType, encodeModel } from "./graph/onnx.ts";
import type { Ids, Tensor } from "./tensor.ts";

/** A network as ONNX bytes whose weights lie, as external data, in files of `folder` (a real path). */
export interface NetworkModel {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly folder: string;
  /** What is made of weights alone is made in each run, not once for all. Default `false`. */
  readonly widensInRuns?: boolean;
}

/** An opened network. */
export interface Session extends AsyncDisposable {
  /**
   * Runs the network once and gives the graph's outputs by name. Inputs are read in place, not copied. The
   * thread is blocked meanwhile: no message or timer of this process is served.
   * @throws EditError `out-of-memory`; `internal` where the inputs do not fit the graph.
   */
  run(inputs: Readonly<Record<string, Tensor | Ids>>): Promise<Readonly<Record<string, Tensor>>>;
}

/** How a graph is to be written for the device that it runs on. */
export interface GraphTarget {
  /** What is computed in. A graph's inputs and outputs are 32-bit floats in any case. */
  readonly floats: "float32" | "float16";
  /** `fused` is faster; `plain` is what every provider computes rightly. */
  readonly dialect: "fused" | "plain";
}

/** What running networks has cost so far, in milliseconds inside ONNX Runtime. */
export interface RunTimes {
  readonly runs: number;
  readonly totalMilliseconds: number;
  /** The longest single run: the measure of how long a healthy worker may be silent. */
  readonly longestMilliseconds: number;
}

export interface OpenOptions {
  /**
   * Memory that a run takes on the CPU is given back when it ends; else the session keeps it for the next run. For networks
   * whose runs are long, take much and are followed by those of others. Default `false`.
   */
  readonly givesMemoryBack?: boolean;
}

/** Opens networks on one device. Disposing of it disposes of every session that is still open. */
export interface Runtime extends AsyncDisposable {
  /** As `RuntimeOptions.device`. */
  readonly device: string;
  readonly threads: number;
  readonly target: GraphTarget;
  readonly times: RunTimes;
  /** @throws EditError `out-of-memory`, `device-unavailable`; `internal` where the graph is not sound. */
  open(model: NetworkModel, options?: OpenOptions): Promise<Session>;
}

export interface RuntimeOptions {
  /** Where networks run: `cpu`, the default, `cuda` or `cuda:N`, or `webgpu`. */
  readonly device?: string | undefined;
  /** How graphs are to be written; what is left out is the device's own: 16-bit floats on CUDA, plain on WebGPU. */
  readonly target?: Partial<GraphTarget> | undefined;
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
  const { providers, target } = kindOf(device);
  if (device !== "cpu") await probe(device, providers);
  const threads = options.threads ?? availableParallelism();
  const times = { runs: 0, totalMilliseconds: 0, longestMilliseconds: 0 };
  const opened = new Set<Session>();

  return {
    device,
    threads,
    target: { ...target, ...options.target },
    times,
    async open(model, { givesMemoryBack = false } = {}) {
      const { profilePrefix } = options;
      const session = await createSession(model, providers, threads, { profilePrefix, givesMemoryBack });
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

/**
 * Opens the smallest graph there is, so that a device that is not there is found before any weights are read.
 * @throws EditError `device-unavailable`
 */
export async function probeDevice(device: string): Promise<void> {
  await probe(device, kindOf(device).providers);
}

async function probe(device: string, providers: readonly Provider[]): Promise<void> {
  try {
    const session = await createSession({ ...smallestModel, folder: "." }, providers, 1, {});
    await session.release();
  } catch (cause) {
    const reason = cause instanceof EditError ? cause.message : String(cause);
    throw new EditError(
      "device-unavailable",
      `Expected networks to run on ${device}, got a refusal of ONNX Runtime.`,
      { cause: new Error(reason, { cause }) },
    );
  }
}

const smallestModel = {
  name: "a probe",
  bytes: encodeModel({
    irVersion: 10,
    producerName: "learnable-regions-bot",
    opsetImport: [{ domain: "", version: 21 }],
    graph: {
      name: "probe",
      node: [{ name: "probe", opType: "Neg", domain: "", input: ["x"], output: ["y"], attribute: [] }],
      initializer: [],
      input: [
        {
          name: "x",
          type: { tensorType: { elemType: dataType.float32, shape: { dim: [{ dimValue: 1 }] } } },
        },
      ],
      output: [{ name: "y", type: { tensorType: { elemType: dataType.float32 } } }],
    },
  }),
};

type Provider = InferenceSession.ExecutionProviderConfig;

/** What a device is to ONNX Runtime. An operator that a provider lacks runs on the CPU. */
interface DeviceKind {
  readonly providers: readonly Provider[];
  readonly target: GraphTarget;
}

function kindOf(device: string): DeviceKind {
  const [kind, index = "0"] = device.split(":");
  if (device === "cpu") return { providers: ["cpu"], target: { floats: "float32", dialect: "fused" } };
  if (kind === "cuda" && /^\d+$/.test(index)) {
    const cuda = { name: "cuda", deviceId: Number(index) };
    return { providers: [cuda, "cpu"], target: { floats: "float16", dialect: "fused" } };
  }
  // Wrong here in ONNX Runtime 1.30, as `lrbot goldens --device webgpu` found: fused attention for most numbers of tokens,
  // convolutions of channels that are no multiple of four, and those whose kernel is as large as what it is laid on and
  // that pad on one side.
  if (device === "webgpu")
    return { providers: ["webgpu", "cpu"], target: { floats: "float32", dialect: "plain" } };
  throw new EditError(
    "device-unavailable",
    `Expected the device cpu, cuda, cuda:N or webgpu, got ${device}.`,
  );
}

type SessionOptions = Pick<RuntimeOptions, "profilePrefix"> & OpenOptions;

async function createSession(
  model: NetworkModel,
  providers: readonly Provider[],
  threads: number,
  { profilePrefix, givesMemoryBack }: SessionOptions,
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(model.bytes, {
      executionProviders: providers,
      intraOpNumThreads: threads,
      graphOptimizationLevel: "all",
      logSeverityLevel: 4,
      enableCpuMemArena: givesMemoryBack !== true,
      ...(profilePrefix === undefined ? {} : { enableProfiling: true, profileFilePrefix: profilePrefix }),
      extra: {
        session: {
          model_external_initializers_file_folder_path: model.folder,
          // Its threads would otherwise burn processor time while they wait for each other and for the next run.
          intra_op: { allow_spinning: "0" },
        },
        ...(model.widensInRuns ? { optimization: leavesWeights } : {}),
      },
    });
  } catch (cause) {
    throw runtimeError(`a session of ${model.name} on ${nameOf(providers[0])}`, cause);
  }
}

/** Keeps ONNX Runtime from making 32-bit floats of weights while it opens a graph: either would hold all of them. */
const leavesWeights = {
  constant_folding_max_output_size_in_bytes: String(2 ** 10),
  disable_specified_optimizers: "FuseFp16InitializerToFp32NodeTransformer",
};

function nameOf(provider: Provider | undefined): string {
  return typeof provider === "object" ? provider.name : (provider ?? "no provider");
}

function toFeeds(inputs: Readonly<Record<string, Tensor | Ids>>): Record<string, OrtTensor> {
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
const deviceLost = /cuda|cudnn|webgpu|dawn|no available backend|failed to load (shared )?library/i;
