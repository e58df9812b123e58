import { defineConfig } from "vitest/config";

/**
 * Files about what happens once in a process, such as what a library does when it is loaded, or that send forms by a library whose
 * own classes they must be, whichever chat's library was loaded first: each has a process of its own.
 */
const processIsThePoint = [
  "test/pipeline/regions/learning/backend.test.ts",
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
        // One process after another would load the same libraries again for every file: these share two processes.
        extends: true,
        test: {
          name: "shared",
          include: ["test/**/*.test.ts"],
          exclude: processIsThePoint,
          isolate: false,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: "own", include: processIsThePoint, sequence: { groupOrder: 1 } } },
    ],
  },
});
