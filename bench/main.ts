import { existsSync } from "node:fs";
import { join } from "node:path";

/** What a benchmark is given: where its tables go, and the words after its name. */
export interface BenchOptions {
  log(line: string): void;
  readonly args: readonly string[];
}

/** Each file beside this one that exports `run` is a benchmark: `npm run bench -- NAME [--json] [words]`. */
interface Benchmark {
  run(options: BenchOptions): Promise<Record<string, unknown>>;
}

// As src/config.ts sets it for workers: ONNX Runtime would report what is run. Before any benchmark loads it.
process.env.ORT_DISABLE_TELEMETRY = "1";

const words = process.argv.slice(2);
const json = words.includes("--json");
const [name = "", ...args] = words.filter((word) => word !== "--json");

if (!/^[a-z][a-z-]*$/.test(name) || name === "main" || !existsSync(join(import.meta.dirname, `${name}.ts`))) {
  fail(`Expected the name of a benchmark, such as edit, nets or mask, got ${JSON.stringify(name)}.`);
} else {
  const benchmark: unknown = await import(`./${name}.ts`);
  if (!isBenchmark(benchmark)) {
    fail(`Expected the name of a benchmark, got ${name}, which is a part of others.`);
  } else {
    // With --json a reader of standard output finds nothing but the last line.
    const log = (line: string) => (json ? console.error(line) : console.log(line));
    const figures = await benchmark.run({ log, args });
    console.log(JSON.stringify({ name, figures }));
  }
}

function isBenchmark(module: unknown): module is Benchmark {
  return typeof module === "object" && module !== null && "run" in module && typeof module.run === "function";
}

function fail(message: string): void {
  console.error(`error usage: ${message}`);
  process.exitCode = 2;
}
