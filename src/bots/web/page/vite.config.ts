import { resolve } from "node:path";
import { defineConfig } from "vite";

/** The page's build: what `lrbot start` serves lies in `dist/bots/web/page/`, and is part of the package. */
export const config = defineConfig({
  root: import.meta.dirname,
  base: "/",
  build: {
    outDir: resolve(import.meta.dirname, "../../../../dist/bots/web/page"),
    emptyOutDir: true,
    // Browsers since 2023, by what their manufacturers support.
    target: ["chrome111", "firefox115", "safari16.4"],
    // A picture as a data address is allowed by the content security policy, a script or style is not: all of them are files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
});

// Vite reads a configuration from the default export alone.
export { config as default };
