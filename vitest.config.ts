import { configDefaults, defineConfig } from "vitest/config";

/**
 * Files that start processes, change what belongs to the whole process, or are about what happens once in one, such as what a
 * library does when it is loaded: each has a process of its own.
 */
const ownProcess = [
  "test/built.test.ts",
  "test/docs.test.ts",
  "test/log.test.ts",
  "test/package.test.ts",
  "test/proc-environ.test.ts",
  "test/cli/**",
  "test/deploy/**",
  "test/files/**",
  "test/goldens/**",
  "test/http/**",
  "test/kill/**",
  "test/queue/fleet/**",
  "test/service/**",
  "test/store/sqlite/**",
  "test/trust/**",
  "test/bots/web/**",
  // They watch how soon a connection comes back.
  "test/bots/slack/connection.test.ts",
  "test/pipeline/workers/**",
  "test/pipeline/inpainters/remote/**",
  "test/pipeline/regions/learning/backend.test.ts",
  // They send forms by a library whose own classes these must be, whichever chat's library was loaded first.
  "test/fakes/discord/tests/interactions.test.ts",
  "test/fakes/discord/tests/messages.test.ts",
  "test/fakes/discord/tests/responses.test.ts",
];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Networks use every core by themselves, so few test files run at once.
    maxWorkers: 2,
    // A forked process owns its native sessions; ONNX Runtime does not survive a terminated worker thread.
    pool: "forks",
    // As src/config.ts sets it for workers: ONNX Runtime would report what is run.
    env: { ORT_DISABLE_TELEMETRY: "1" },
    projects: [
      {
        // One process after another would load the same libraries again for every file: these share one for each worker.
        extends: true,
        test: {
          name: "shared",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...ownProcess],
          isolate: false,
          setupFiles: ["test/as-found.ts"],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: "own", include: ownProcess.map(testFilesIn), sequence: { groupOrder: 1 } },
      },
    ],
  },
});

function testFilesIn(pattern: string): string {
  return pattern.replace(/\*\*$/, "**/*.test.ts");
}
