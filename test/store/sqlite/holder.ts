import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { newJob } from "../jobs.ts";

// Holds a store until it is killed. Nothing refers to the store after that, which must not let go of it.
await hold();
console.log("holding");
setInterval(() => globalThis.gc?.(), 10);

async function hold(): Promise<void> {
  const store = await openSqliteStore({ folder: process.argv[2] ?? "" });
  await store.jobs.add(newJob(), 1);
}
