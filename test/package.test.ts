import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

interface Locked {
  readonly hasInstallScript?: boolean;
  readonly optional?: boolean;
}

it("package.json says of every package with an install script whether npm is to run it", () => {
  const { allowScripts }: { allowScripts: Record<string, boolean> } = JSON.parse(read("package.json"));
  const { packages }: { packages: Record<string, Locked> } = JSON.parse(read("package-lock.json"));
  const names = Object.entries(packages)
    .filter(([path, { hasInstallScript, optional }]) => path !== "" && hasInstallScript && !optional)
    .map(([path]) => path.split("node_modules/").at(-1));
  expect(Object.keys(allowScripts).sort()).toEqual([...new Set(names)].sort());
});

it("neither npm that reads .npmrc for it nor npm that reads package.json runs the script that fetches CUDA libraries", () => {
  expect(read(".npmrc")).toMatch(/^onnxruntime-node-install=skip$/m);
  expect(JSON.parse(read("package.json")).allowScripts).toMatchObject({ "onnxruntime-node": false });
});
