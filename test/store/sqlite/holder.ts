import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { newJob } from "../jobs.ts";

// Holds a store until it is killed.
const store = await openSqliteStore({ folder: process.argv[2] ?? "" });
await store.jobs.add(newJob(), 1);
console.log("holding");
setInterval(() => {}, 1000);
