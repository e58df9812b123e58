import { setTimeout as sleep } from "node:timers/promises";
import { EditError } from "../../../dist/errors.js";
import { serveParent } from "../../../dist/pipeline/workers/serve-parent.js";

// A child process for the tests of `child.ts`: it misbehaves as it is ordered to.

console.error("hello from the child");

serveParent(async (order, { signal, tell }) => {
  if (order.kind === "echo") {
    tell(`heard ${order.text}`);
    await sleep(order.milliseconds ?? 0);
    return order.text;
  }
  if (order.kind === "refuse")
    throw new EditError("usage", "Expected something else, got this.", { setting: "steps" });
  if (order.kind === "stumble") throw new TypeError("nobody foresaw this");
  if (order.kind === "break-protocol") return 7;
  if (order.kind === "exit") process.exit(5);
  if (order.kind === "crash") {
    tell("about to crash");
    await sleep(order.milliseconds ?? 0);
    throwUncaught();
  }
  if (order.kind === "crash-at-once") {
    tell("about to crash");
    // Without a pause between, so that whatever is sent from here on is not read before the end.
    const end = performance.now() + 300;
    while (performance.now() < end);
    throwUncaught();
  }
  // Waits for a cancel.
  await new Promise((_resolve, reject) => {
    signal.addEventListener("abort", () =>
      reject(new EditError("cancelled", "Expected more time, got none.")),
    );
  });
});

/** As an error in a callback, which no order answers for. */
function throwUncaught() {
  queueMicrotask(() => {
    throw new TypeError("nobody caught this");
  });
}
