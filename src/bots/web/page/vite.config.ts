import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";

const folder = resolve(import.meta.dirname, "../../../../dist/page");

/** The page's build: what `lrbot start` serves lies in `dist/page/`, and is part of the package. */
export const config = defineConfig({
  root: import.meta.dirname,
  base: "/",
  plugins: [compressed()],
  build: {
    outDir: folder,
    emptyOutDir: true,
    // Browsers since 2023, by what their manufacturers support.
    target: ["chrome111", "firefox115", "safari16.4"],
    // The content security policy wants scripts and styles as files of their own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // On a busy machine compressing takes longer than building, which is no fault.
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});

// Vite reads a configuration from the default export alone.
export { config as default };

/** Puts a `.br` and a `.gz` beside each text, so that the server compresses nothing by itself. */
function compressed(): Plugin {
  return {
    name: "compressed",
    closeBundle() {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(html|js|css|svg)$/.test(entry.name)) continue;
        const file = join(entry.parentPath, entry.name);
        const text = readFileSync(file);
        writeFileSync(
          `${file}.br`,
          brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
        );
        writeFileSync(`${file}.gz`, gzipSync(text, { level: 9 }));
      }
    },
  };
}
