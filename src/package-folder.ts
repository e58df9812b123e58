import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of `package.json`. This file lies in `src/`, and what is built of it in `dist/`: one step below in either. */
export const packageFolder = resolve(dirname(fileURLToPath(import.meta.url)), "..");
