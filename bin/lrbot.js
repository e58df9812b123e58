#!/usr/bin/env node
import { existsSync } from "node:fs";

// Answers an interrupt while the program itself is still being read; it then listens for itself.
process.on("SIGINT", () => {
  console.error("error cancelled: Expected lrbot to start, got SIGINT.");
  process.exit(4);
});

const main = new URL("../dist/main.js", import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  console.error(
    "error usage: Expected a built project, got no dist/main.js. Run npm ci (or npm run build) first.",
  );
  process.exitCode = 2;
}
