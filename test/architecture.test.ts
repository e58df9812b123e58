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
  "private-files.ts": [],
  "proc-environ.ts": [],
  "devices.ts": [],
  "pack-name.ts": [],
  "package-folder.ts": [],
  "config.ts": ["errors.ts", "types.ts", "files", "media", "devices.ts", "package-folder.ts", "pipeline"],
  "log.ts": ["config.ts"],
  media: ["errors.ts", "types.ts", "private-files.ts"],
  http: ["errors.ts", "types.ts"],
  store: ["errors.ts", "types.ts", "private-files.ts"],
  files: ["errors.ts", "types.ts", "retry.ts", "private-files.ts"],
  queue: [
    "clocks.ts",
    "errors.ts",
    "types.ts",
    "request.ts",
    "retry.ts",
    "private-files.ts",
    "store",
    "files",
  ],
  packs: ["errors.ts", "types.ts", "retry.ts", "whole-file.ts", "pack-name.ts"],
  pipeline: [
    "errors.ts",
    "types.ts",
    "retry.ts",
    "whole-file.ts",
    "warnings.ts",
    "clocks.ts",
    "package-folder.ts",
    "packs",
    "goldens",
    "eval",
  ],
  eval: ["errors.ts", "types.ts", "request.ts", "pipeline", "packs"],
  locales: ["errors.ts", "types.ts"],
  bots: [
    "clocks.ts",
    "errors.ts",
    "types.ts",
    "pack-name.ts",
    "request.ts",
    "retry.ts",
    "private-files.ts",
    "store",
    "queue",
    "locales",
    "eval",
  ],
  goldens: ["errors.ts", "types.ts", "package-folder.ts", "pipeline", "packs"],
};

/** Each outside thing that holds a resource or reaches the world, and the one file or folder that owns it. */
const owners: Record<string, string> = {
  sharp: "src/pipeline/image/sharp.ts",
  "@contentauth/": "src/pipeline/marks/c2pa/wasm.ts",
  "onnxruntime-node": "src/pipeline/nets/runtime.ts",
  "@tensorflow/": "src/pipeline/regions/",
  protobufjs: "src/pipeline/nets/graph/onnx.ts",
  "@huggingface/tokenizers": "src/pipeline/nets/tokenizer.ts",
  "p-queue": "src/queue/lane.ts",
  bullmq: "src/queue/fleet/",
  ioredis: "src/queue/fleet/",
  libsql: "src/store/sqlite/database.ts",
  "@aws-sdk/": "src/files/s3/",
  dotenv: "src/config.ts",
  pino: "src/log.ts",
  "prom-client": "src/http/",
  ws: "src/pipeline/inpainters/remote/comfyui/events.ts",
  "discord.js": "src/bots/discord/",
  "@slack/": "src/bots/slack/",
  hono: "src/bots/web/",
  "@hono/": "src/bots/web/",
  preact: "src/bots/web/page/",
  "@preact/": "src/bots/web/page/",
  uplot: "src/bots/web/page/operator/charts.tsx",
  vite: "src/bots/web/page/vite.config.ts",
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

/** Which rooms of `pipeline/` and `bots/` may load which of their own; what is in no row is free within the direction above. */
const roomsMayLoad: Record<string, readonly string[]> = {
  "pipeline/image": [],
  "pipeline/nets": [],
  "pipeline/regions": ["pipeline/nets"],
  "pipeline/inpainters": ["pipeline/image", "pipeline/nets"],
  "pipeline/mask": ["pipeline/image"],
  "pipeline/marks": ["pipeline/image"],
  "pipeline/editors": ["pipeline/inpainters", "pipeline/nets"],
  "pipeline/steps": [
    ...["pipeline/editors", "pipeline/image", "pipeline/mask", "pipeline/marks", "pipeline/nets"],
    "pipeline/regions",
  ],
  "bots/intake": [],
  "bots/study": ["bots/messages"],
  "bots/messages": [],
  "bots/delivery": ["bots/messages"],
  "bots/events": ["bots/intake", "bots/messages"],
  "bots/commands": ["bots/events", "bots/intake", "bots/messages", "bots/study"],
  "bots/discord": ["bots/commands"],
  "bots/slack": ["bots/commands"],
  // The page has no server elsewhere: what a chat shows by itself, such as a history, it makes of jobs.
  "bots/web": ["bots/commands", "bots/intake", "bots/messages"],
};

describe("the rooms", () => {
  it.each(Object.entries(roomsMayLoad))("%s loads no room above or beside it", (room, allowed) => {
    const inside = sources.filter(({ path }) => path.startsWith(`src/${room}/`));
    expect(inside.length).toBeGreaterThan(0);
    for (const source of inside) {
      for (const target of filesLoadedBy(source)) {
        const other = roomOf(target);
        if (other === null || other === room || allowed.includes(other)) continue;
        expect.fail(`${source.path} loads ${target}, which is in ${other}.`);
      }
    }
  });

  it("the bot loads of the evaluation its statistics alone", () => {
    const loaded = sources
      .filter(({ path }) => path.startsWith("src/bots/"))
      .flatMap((source) => filesLoadedBy(source))
      .filter((target) => target.startsWith("src/eval/"));
    expect(loaded.length).toBeGreaterThan(0);
    expect(loaded.filter((target) => !target.startsWith("src/eval/statistics/"))).toEqual([]);
  });

  it("no files import each other in a circle, for types neither", () => {
    const graph = new Map(
      sources.map(({ path, text }) => [path, everyImportOf(text).map((name) => resolved(path, name))]),
    );
    expect(circlesIn(graph)).toEqual([]);
  });

  it("the test for circles finds one", () => {
    const graph = new Map([
      ["a", ["b"]],
      ["b", ["c"]],
      ["c", ["b", "d"]],
      ["d", []],
    ]);
    expect(circlesIn(graph)).toEqual([["b", "c"]]);
  });
});

describe("the port of a chat platform", () => {
  it("is given out by one file", () => {
    const inside = /^src\/bots\/chat(\.ts$|\/)/;
    const others = sources.filter(({ path, text }) => {
      const targets = everyImportOf(text).map((name) => resolved(path, name));
      return !inside.test(path) && targets.some((target) => target.startsWith("src/bots/chat/"));
    });
    expect(others.map(({ path }) => path)).toEqual([]);
  });
});

describe("the page in a browser", () => {
  const page = sources.filter(({ path }) => path.startsWith("src/bots/web/page/"));
  const built = page.filter(({ path }) => path !== "src/bots/web/page/vite.config.ts");

  it("loads of the program the catalogues and what both sides know by name, and nothing of Node.js", () => {
    expect(built.length).toBeGreaterThan(20);
    const allowed = /^src\/(bots\/web\/page|locales)\/|^src\/bots\/web\/protocol\/constants\.ts$/;
    for (const source of built) {
      expect(
        source.imports.filter((name) => name.startsWith("node:")),
        source.path,
      ).toEqual([]);
      expect(
        filesLoadedBy(source).filter((target) => !allowed.test(target)),
        source.path,
      ).toEqual([]);
    }
  });

  it("is loaded by nothing else", () => {
    const others = sources.filter((source) => !page.includes(source));
    const loaders = others.filter((source) =>
      filesLoadedBy(source).some((target) => target.startsWith("src/bots/web/page/")),
    );
    expect(loaders.map(({ path }) => path)).toEqual([]);
  });

  it("has no text in it that is read as HTML", () => {
    const risky = /dangerouslySetInnerHTML|innerHTML|insertAdjacentHTML|\beval\(|document\.write/;
    expect(built.filter(({ text }) => risky.test(text)).map(({ path }) => path)).toEqual([]);
  });
});

describe("the process border", () => {
  const heavy = ["sharp", "onnxruntime-node", "@tensorflow/"];
  const isHeavy = ({ imports }: { imports: string[] }) =>
    imports.some((name) => heavy.some((each) => name.startsWith(each)));
  const entries = sources
    .filter(({ path }) => /^src\/pipeline\/workers\/[^/]+\/entry\.ts$/.test(path))
    .map(({ path }) => path);

  it("nothing but the entries of workers, and what these import, loads sharp, ONNX Runtime or TensorFlow.js", () => {
    expect(entries.length).toBeGreaterThanOrEqual(5);
    const inWorkers = new Set(
      entries.flatMap((entry) => reachableFrom(entry, new Set()).map(({ path }) => path)),
    );
    const outside = sources.filter(({ path }) => !inWorkers.has(path));
    const stop = new Set(openedInWorkers.map(({ path }) => path));
    const loading = outside.filter(({ path }) => reachableFrom(path, stop).some(isHeavy));
    expect(loading.map(({ path }) => path)).toEqual([]);
  });

  it("an edit loads TensorFlow.js for the choosers that train a network alone", () => {
    const atOnce = loadedAtOnceBy("src/pipeline/workers/edits/entry.ts");
    expect(atOnce).toContain("src/pipeline/regions/choosers/process.ts");
    const loading = sources.filter(
      ({ path, imports }) => atOnce.has(path) && imports.some((name) => name.startsWith("@tensorflow/")),
    );
    expect(loading.map(({ path }) => path)).toEqual([]);
  });

  it("the main process loads of the pipeline clients, protocols, geometry, settings and the list of servers alone", () => {
    const allowed = [
      /^src\/pipeline\/workers\/(child|child-failures|process|usage)\.ts$/,
      /^src\/pipeline\/workers\/(edits\/watchdog|pictures\/fair-queue)\.ts$/,
      /^src\/pipeline\/workers\/[^/]+\/(client|protocol)\.ts$/,
      // Streams of random numbers: arithmetic.
      /^src\/pipeline\/random\.ts$/,
      // Boxes around a point: arithmetic.
      /^src\/pipeline\/regions\/proposals\.ts$/,
      // Where losses of past edits lie: names and files.
      /^src\/pipeline\/regions\/prior\/(places|loss-book)\.ts$/,
      // What a pack decides where a person said nothing, and which methods it can serve.
      /^src\/pipeline\/(steps\/settings|editors\/methods)\.ts$/,
      // Servers that paint are asked by `lrbot doctor` and named in the environment; they speak HTTP alone.
      /^src\/pipeline\/inpainters\/remote\//,
    ];
    const stop = new Set(openedInWorkers.map(({ path }) => path));
    const loaded = reachableFrom("src/main.ts", stop).filter(({ path }) => path.startsWith("src/pipeline/"));
    const others = loaded.filter(({ path }) => !stop.has(path) && !allowed.some((each) => each.test(path)));
    expect(others.map(({ path }) => path)).toEqual([]);
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

  it("a chat's library is loaded where its tokens are set, and not before", () => {
    const loaded = loadedAtOnceBy("src/service/run-bot.ts");
    expect(loaded).toContain("src/service/platforms.ts");
    const libraries = sources
      .filter(({ path }) => loaded.has(path))
      .flatMap(({ text }) => staticImportsOf(text))
      .filter((name) => /^(?:discord\.js|@slack\/|hono|@hono\/)/.test(name));
    expect(libraries).toEqual([]);
  });

  it("processes are started in one place, with the environment that it is given; one asks the driver of cards", () => {
    const starters = sources.filter(({ imports }) => imports.includes("node:child_process"));
    expect(starters.map(({ path }) => path).sort()).toEqual([
      "src/pipeline/nets/free-memory.ts",
      "src/pipeline/workers/process.ts",
    ]);
  });

  it("requests go out by three clients, each with rules of its own, and come in at three servers", () => {
    const using = (module: string) =>
      sources.filter(({ imports }) => imports.includes(module)).map(({ path }) => path);
    expect(using("node:https").sort()).toEqual([
      "src/media/request.ts",
      "src/packs/hub/request.ts",
      "src/pipeline/inpainters/remote/request.ts",
    ]);
    const listening = sources.filter(({ text }) => /\bcreateServer\(|\bnew HTTPReceiver\(/.test(text));
    expect(listening.map(({ path }) => path).sort()).toEqual([
      "src/bots/slack/connection/http-connection.ts",
      "src/bots/web/server/server.ts",
      "src/http/server.ts",
    ]);
  });

  it("process.env is read by src/config.ts alone", () => {
    const readers = sources.filter(({ text }) => /process\s*\.\s*env\b|from "node:process"/.test(text));
    expect(readers.map(({ path }) => path)).toEqual(["src/config.ts"]);
  });

  it("the time is read by chat adapters from the clock that they are given alone", () => {
    const adapters = sources.filter(({ path }) => /^src\/bots\/(discord|slack|web(?!\/page))\//.test(path));
    const readers = adapters.filter(({ text }) => /\b(?:Date|performance)\.now\b/.test(text));
    expect(readers.map(({ path }) => path)).toEqual([]);
  });

  it("the system's time is read in src/clocks.ts alone; others are given a clock", () => {
    const readers = sources.filter(({ text }) => /\bDate\.now\b|\bnew Date\(\)/.test(text));
    expect(readers.map(({ path }) => path)).toEqual(["src/clocks.ts"]);
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
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** Modules that a file loads, statically or by `import()`; types are erased and load nothing. */
function importsOf(text: string): string[] {
  const loads =
    /(?:^|\n)\s*(?:import|export)\s+(?!type\b)(?:[^"';]*?\sfrom\s+)?"([^"]+)"|\bimport\(\s*"([^"]+)"/g;
  return [...text.matchAll(loads)].map((match) => match[1] ?? match[2] ?? "");
}

/** Modules that are loaded with a file, not by `import()` later. */
function staticImportsOf(text: string): string[] {
  const later = [...text.matchAll(/\bimport\(\s*"([^"]+)"/g)].map((match) => match[1]);
  return importsOf(text).filter((name) => !later.includes(name));
}

/** Files that are loaded with one, itself included. */
function loadedAtOnceBy(entry: string, seen = new Set<string>()): ReadonlySet<string> {
  seen.add(entry);
  const source = sources.find(({ path }) => path === entry);
  for (const name of staticImportsOf(source?.text ?? "")) {
    const path = resolved(entry, name);
    if (name.startsWith(".") && !seen.has(path)) loadedAtOnceBy(path, seen);
  }
  return seen;
}

/** Every module that a file names in an import, for types too. */
function everyImportOf(text: string): string[] {
  const imports =
    /(?:^|\n)\s*(?:import|export)\s+(?:[^"';]*?\sfrom\s+)?"(\.[^"]+)"|\bimport\(\s*"(\.[^"]+)"/g;
  return [...text.matchAll(imports)].map((match) => match[1] ?? match[2] ?? "");
}

function resolved(path: string, target: string): string {
  return join(dirname(path), target).split(sep).join("/");
}

function filesLoadedBy({ path, imports }: { path: string; imports: string[] }): string[] {
  return imports.filter((name) => name.startsWith(".")).map((name) => resolved(path, name));
}

/** `pipeline/nets`, `bots/intake`; `null` for what stands in no room of these two. */
function roomOf(path: string): string | null {
  const [, part, room, ...file] = path.split("/");
  return (part === "pipeline" || part === "bots") && file.length > 0 ? `${part}/${room}` : null;
}

/** Groups of nodes that reach each other (Tarjan's strongly connected components), each sorted. */
function circlesIn(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const index = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];
  const visit = (node: string): number => {
    const own = index.size;
    index.set(node, own);
    lowest.set(node, own);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      const reached = index.has(next) ? (stack.includes(next) ? (index.get(next) ?? own) : own) : visit(next);
      lowest.set(node, Math.min(lowest.get(node) ?? own, reached));
    }
    const low = lowest.get(node) ?? own;
    if (low === own) {
      const circle = stack.splice(stack.indexOf(node));
      if (circle.length > 1) circles.push(circle.sort());
    }
    return low;
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return circles;
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
