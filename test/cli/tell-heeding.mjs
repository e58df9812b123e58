import { writeSync } from "node:fs";

// Loaded before the program: writes to the third stream once the program listens to interrupts. Node.js has a handler of
// its own from the start, so the system cannot tell.
process.on("newListener", (name) => {
  if (name === "SIGINT") writeSync(3, "heeds");
});
