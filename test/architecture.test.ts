import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const sources = filesUnder(join(root, "src")).map((path) => ({
  path: relative(root, path).split(sep).join("/"),
  imports: importsOf(readFileSync(path, "utf8")),
  text: readFileSync(path, "utf8"),
}));

/** Inpainters at servers. Their kinds, which the main process knows, load them with `import()`. */
const openedInWorkers = sources.filter(({ path }) =>
  /^src\/pipeline\/inpainters\/remote\/[^/]+\/inpainter\.ts$/.test(path),
);

/** Which parts of `src/` may be imported by which. A part is the first folder, or the file, below `src/`. */
const mayImport: Record<string, readonly string[]> = {
  "errors.ts": [],
  "clocks.ts": [],
  "warnings.ts": [],
  "types.ts": ["errors.ts", "warnings.ts"],
  "retry.ts": ["errors.ts"],
  "request.ts": ["errors.ts", "types.ts"],
  "whole-file.ts": [],
  "devices.ts": [],
  "config.ts": ["errors.ts", "types.ts", "media", "devices.ts", "pipeline"],
  "log.ts": ["config.ts"],
  media: ["errors.ts", "types.ts"],
  http: ["errors.ts", "types.ts"],
  store: ["errors.ts", "types.ts"],
  queue: ["errors.ts", "types.ts", "retry.ts", "store"],
  packs: ["errors.ts", "types.ts", "retry.ts", "whole-file.ts"],
  pipeline: [
    "errors.ts",
    "types.ts",
    "retry.ts",
    "whole-file.ts",
    "warnings.ts",
    "clocks.ts",
    "packs",
    "goldens",
  ],
  locales: ["errors.ts", "types.ts"],
  bots: ["errors.ts", "types.ts", "request.ts", "retry.ts", "store", "queue", "locales"],
  goldens: ["errors.ts", "types.ts", "pipeline", "packs"],
};

/** Each outside thing that holds a resource or reaches the world, and the one file or folder that owns it. */
const owners: Record<string, string> = {
  sharp: "src/pipeline/image/sharp.ts",
  "onnxruntime-node": "src/pipeline/nets/runtime.ts",
  "@tensorflow/": "src/pipeline/regions/",
  protobufjs: "src/pipeline/nets/graph/onnx.ts",
  "@huggingface/tokenizers": "src/pipeline/nets/tokenizer.ts",
  "p-queue": "src/queue/lane.ts",
  libsql: "src/store/sqlite/database.ts",
  dotenv: "src/config.ts",
  pino: "src/log.ts",
  "prom-client": "src/http/",
  ws: "src/pipeline/inpainters/remote/comfyui/events.ts",
  "discord.js": "src/bots/discord/",
  "@slack/": "src/bots/slack/",
};

describe("the direction of imports", () => {
  it.each(Object.entries(mayImport))("%s imports only what stands below it", (part, allowed) => {
    for (const source of sources.filter(({ path }) => partOf(path) === part)) {
      for (const target of source.imports.filter((name) => name.startsWith("."))) {
        const targetPart = partOf(join(dirname(source.path), target).split(sep).join("/"));
        if (targetPart === part) continue;
        expect(allowed, `${source.path} imports ${target}`).toContain(targetPart);
      }
    }
  });

  it("names every part of src/ that is not the command line", () => {
    const parts = new Set(sources.map(({ path }) => partOf(path)));
    const free = ["main.ts", "cli", "service"];
    expect([...parts].filter((part) => !(part in mayImport) && !free.includes(part))).toEqual([]);
  });
});

describe("the owners of outside things", () => {
  it.each(Object.entries(owners))("%s is imported by %s alone", (name, owner) => {
    const importers = sources.filter(({ imports }) =>
      imports.some((target) => target === name || target.startsWith(name.endsWith("/") ? name : `${name}/`)),
    );
    expect(importers.length, `${name} has an owner that uses it`).toBeGreaterThan(0);
    expect(importers.map(({ path }) => path).filter((path) => !path.startsWith(owner))).toEqual([]);
  });

  it("process.env is read by src/config.ts alone", () => {
    const readers = sources.filter(({ text }) => /process\s*\.\s*env\b|from "node:process"/.test(text));
    expect(readers.map(({ path }) => path)).toEqual(["src/config.ts"]);
  });

  it("the time is read by chat adapters from the clock that they are given alone", () => {
    const adapters = sources.filter(({ path }) => /^src\/bots\/(discord|slack)\//.test(path));
    const readers = adapters.filter(({ text }) => /\b(?:Date|performance)\.now\b/.test(text));
    expect(readers.map(({ path }) => path)).toEqual([]);
  });

  it("the main process never loads what decodes pictures or runs networks", () => {
    const heavy = ["sharp", "onnxruntime-node", "@tensorflow/"];
    const reached = reachableFrom("src/main.ts", new Set(openedInWorkers.map(({ path }) => path)));
    const loaded = reached.filter(({ imports }) =>
      imports.some((name) => heavy.some((h) => name.startsWith(h))),
    );
    expect(loaded.map(({ path }) => path)).toEqual([]);
  });

  it.each(openedInWorkers)("$path is loaded when a server is opened, and not before", ({ path }) => {
    const loaders = sources.filter(({ path: from, imports }) =>
      imports.some((target) => join(dirname(from), target).split(sep).join("/") === path),
    );
    expect(loaders.map((loader) => loader.path)).toEqual([join(dirname(path), "kind.ts")]);
    for (const { text } of loaders) expect(text).not.toMatch(/from "\.\/inpainter\.ts"/);
  });
});

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Modules that a file loads, statically or by `import()`; types are erased and load nothing. */
function importsOf(text: string): string[] {
  const loads =
    /(?:^|\n)\s*(?:import|export)\s+(?!type\b)(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\(\s*"([^"]+)"/g;
  return [...text.matchAll(loads)].map((match) => match[1] ?? match[2] ?? "");
}

function partOf(path: string): string {
  return path.split("/")[1] ?? "";
}

function reachableFrom(entry: string, stop: ReadonlySet<string>) {
  const seen = new Set<string>();
  const waiting = [entry];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path) || stop.has(path)) continue;
    seen.add(path);
    const source = sources.find((candidate) => candidate.path === path);
    for (const target of source?.imports ?? []) {
      if (target.startsWith(".")) waiting.push(join(dirname(path), target).split(sep).join("/"));
    }
  }
  return sources.filter(({ path }) => seen.has(path));
}
