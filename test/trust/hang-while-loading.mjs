import { unlinkSync } from "node:fs";

// Loaded before the program, in every process of it: a worker that finds the file `hangs` takes it away, and then does
// nothing, in the middle of its start. It goes on after longer than any test waits, so that none is
// left behind.
if (process.argv[1]?.endsWith("simulated/entry.js") && foundMarker()) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 90_000);
}

function foundMarker() {
  try {
    unlinkSync("hangs");
    return true;
  } catch {
    return false;
  }
}
