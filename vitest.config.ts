import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Networks use every core by themselves, so few test files run at once.
    maxWorkers: 2,
    // A forked process owns its native sessions; ONNX Runtime does not survive a terminated worker thread.
    pool: "forks",
    // As src/config.ts sets it for workers: ONNX Runtime would report what is run.
    env: { ORT_DISABLE_TELEMETRY: "1" },
  },
});
