import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vite";

const source = join(import.meta.dirname, "src");

/** Libraries that come with native code or files of their own, which they look for beside themselves, or that few processes load. */
const apart = [
  "@aws-sdk/client-s3",
  "@contentauth/c2pa-wasm",
  "@tensorflow/tfjs",
  "@tensorflow/tfjs-backend-wasm",
  "@tensorflow/tfjs-core",
  "@tensorflow/tfjs-node-gpu",
  "bullmq",
  "ioredis",
  "libsql",
  "onnxruntime-node",
  "pino",
  "protobufjs",
  "sharp",
  // Asked for by libraries that do without them.
  "bufferutil",
  "utf-8-validate",
  "zlib-sync",
];

/** Of these, tests and benchmarks make small programs that run without TypeScript. */
const partsForTests = [
  "errors",
  "pipeline/image/image",
  "pipeline/workers/process",
  "pipeline/workers/serve-parent",
  "proc-environ",
];

/**
 * The program's build: `dist/main.js`, an entry for each kind of worker, and what they share, libraries of hundreds of small files
 * included, of which reading them took most of a start.
 */
export const config = defineConfig({
  root: import.meta.dirname,
  publicDir: false,
  ssr: { noExternal: true },
  build: {
    ssr: true,
    outDir: "dist",
    emptyOutDir: true,
    // The oldest line of Node.js that the package takes.
    target: "node20",
    minify: false,
    license: { fileName: "licenses.md" },
    rolldownOptions: {
      // discord.js has an eval for its ShardingManager, which is not used here.
      checks: { eval: false, pluginTimings: false },
      external: (id) => apart.some((name) => id === name || id.startsWith(`${name}/`)),
      input: Object.fromEntries(entries().map((name) => [name, join(source, `${name}.ts`)])),
      output: {
        entryFileNames: "[name].js",
        // Beside main.js, since src/package-folder.ts finds the package from where it lies.
        chunkFileNames: "[name]-[hash].js",
        // What tells its own name, as errors do, goes on telling it.
        keepNames: true,
      },
    },
  },
});

// Vite reads a configuration from the default export alone.
export { config as default };

/** What processes are started from. */
function entries(): string[] {
  const workers = readdirSync(join(source, "pipeline", "workers")).map(
    (name) => `pipeline/workers/${name}/entry`,
  );
  return ["main", ...workers.filter((name) => existsSync(join(source, `${name}.ts`))), ...partsForTests];
}
