import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { expect, it } from "vitest";

// What `npm run build` leaves in dist/: the program in fewer and larger files, with libraries in them (vite.config.ts).

const root = join(import.meta.dirname, "..");
const dist = join(root, "dist");
const files = new Map(
  readdirSync(dist, { recursive: true })
    .map(String)
    .filter((path) => path.endsWith(".js") && !path.startsWith("page"))
    .map((path) => [path, loadsOf(readFileSync(join(dist, path), "utf8"))]),
);

it("what starts the bot holds no library that decodes pictures, runs networks or speaks to a chat", () => {
  const atOnce = loadedAtOnceBy("main.js");
  const start = [...files.keys()].filter((path) => /^(start|run-bot)-/.test(path));
  expect(start).toHaveLength(2);
  for (const path of start) loadedAtOnceBy(path, atOnce);
  const libraries = [...atOnce].flatMap((path) => {
    const { outside = [], held = [] } = files.get(path) ?? {};
    return [...outside, ...held];
  });
  expect(libraries).toContain("zod");
  expect(libraries).toContain("libsql");
  const apart = /^(sharp|onnxruntime-node|@tensorflow\/|discord\.js|@slack\/|hono|bullmq|ioredis|@aws-sdk\/)/;
  expect(libraries.filter((name) => apart.test(name))).toEqual([]);
});

it("whatever is loaded from outside comes with the package", () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const outside = new Set([...files.values()].flatMap((file) => file.outside));
  // discord.js' connection tries these, and does without.
  const optional = ["bufferutil", "utf-8-validate", "zlib-sync"];
  const known = [...Object.keys({ ...dependencies, ...peerDependencies }), ...optional];
  expect(outside.size).toBeGreaterThan(8);
  expect([...outside].filter((name) => !known.includes(name))).toEqual([]);
});

it("comes with the licence of each library that is in it", () => {
  const licensed = readFileSync(join(dist, "licenses.md"), "utf8");
  const held = new Set([...files.values()].flatMap((file) => file.held));
  expect(held).toContain("discord.js");
  expect(held).toContain("@slack/bolt");
  expect([...held].filter((name) => !licensed.includes(`\n## ${name} - `))).toEqual([]);
});

/** What a built file loads with itself, and which packages it names or has in it. */
function loadsOf(text: string) {
  const named = (pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? "");
  const withItself = named(/^(?:import|export)\b(?:[^"';]* from)? "([^"]+)"/gm);
  const later = named(/\b(?:import|__require(?:\$\d+)?)\("([^"]+)"\)/g);
  return {
    files: withItself.filter((name) => name.startsWith(".")),
    outside: [...withItself, ...later]
      .filter((name) => !/^([./]|node:)/.test(name) && !builtinModules.includes(name))
      .map(packageOf),
    held: named(/^\s*\/\/(?:#region)? ?node_modules\/(\S+)/gm).map((path) =>
      packageOf(path.split("node_modules/").at(-1) ?? ""),
    ),
  };
}

/** Of `@slack/bolt/dist/App.js`, `@slack/bolt`. */
function packageOf(path: string): string {
  return path
    .split("/")
    .slice(0, path.startsWith("@") ? 2 : 1)
    .join("/");
}

/** The files that are loaded with one, itself included. */
function loadedAtOnceBy(path: string, seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const name of files.get(path)?.files ?? []) loadedAtOnceBy(join(path, "..", name), seen);
  return seen;
}
