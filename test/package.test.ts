import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exitStatusOf } from "../src/cli/exit-status.ts";
import { configVariables } from "../src/config.ts";
import { EditError } from "../src/errors.ts";

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

describe("deploy/", () => {
  const { engines, files } = JSON.parse(read("package.json"));
  const compose = read("deploy/compose.yaml");
  const dockerfile = read("Dockerfile");
  const known = new Set(configVariables.map(({ name }) => name));

  it("systemd starts the bot again after failures that may pass, and not after wrong settings", () => {
    const unit = read("deploy/lrbot.service");
    const [, prevented = ""] = /^RestartPreventExitStatus=(.*)$/m.exec(unit) ?? [];
    const final = (["usage", "pack-missing"] as const).map((code) => exitStatusOf(new EditError(code, "")));
    expect(prevented.split(" ").map(Number)).toEqual(final);
    const passing = (["store-in-use", "internal", "disk-full"] as const).map((code) =>
      exitStatusOf(new EditError(code, "")),
    );
    expect(passing.filter((status) => prevented.includes(String(status)))).toEqual([]);
    expect(unit).toMatch(/^Restart=on-failure$/m);
    expect(unit).toMatch(/^UMask=0077$/m);
  });

  it("the image is of one version of Node.js, the oldest line that the package takes", () => {
    const [, base = ""] = /^FROM node:(\S+)$/m.exec(dockerfile) ?? [];
    const [, major, minor] = /^>=(\d+)\.(\d+)$/.exec(engines.node) ?? [];
    const [version = ""] = base.split("-");
    expect(base).toMatch(/^\d+\.\d+\.\d+-/);
    expect(version.split(".")[0]).toBe(major);
    expect(Number(version.split(".")[1])).toBeGreaterThanOrEqual(Number(minor));
  });

  it("every setting that is named there is one of the bot's", () => {
    for (const text of [dockerfile, compose, read("deploy/lrbot.service"), read("deploy/healthcheck.js")]) {
      const named = text.match(/\b(?:LRBOT|SLACK|DISCORD|HF)_[A-Z_]+\b/g) ?? [];
      expect(named.length).toBeGreaterThan(0);
      expect(named.filter((name) => !known.has(name))).toEqual([]);
    }
  });

  it("Docker is told how much memory the bot may take, and to start it again", () => {
    expect(compose).toMatch(/^ {4}mem_limit: \d+g$/m);
    expect(compose).toMatch(/^ {4}restart: unless-stopped$/m);
    expect(read("docs/operating.md")).toMatch(/docker run [^`]*--memory \d+g --restart unless-stopped/);
  });

  it("no copy of the store goes into the repository or an image", () => {
    const [, folder = ""] = /lrbot backup (\w+)\//.exec(read("docs/operating.md")) ?? [];
    expect(folder).toBe("backups");
    expect(read(".gitignore").split("\n")).toContain(`/${folder}/`);
    expect(read(".dockerignore").split("\n")).toContain(folder);
    expect(files).not.toContain(folder);
  });

  it.each([
    [200, 0],
    [503, 1],
  ])("the health check asks /healthz on the port that is set: %i is status %i", async (answer, status) => {
    const asked: unknown[] = [];
    const server = createServer(({ url }, response) => {
      asked.push(url);
      response.writeHead(answer).end("{}");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const command = /^HEALTHCHECK .* CMD \["node", "([^"]+)"\]$/m.exec(dockerfile)?.[1] ?? "";
    const environment = { LRBOT_HOST: "0.0.0.0", LRBOT_PORT: String(port) };
    const check = spawn(process.execPath, [join(root, command)], { env: environment, stdio: "ignore" });
    expect(await once(check, "close")).toEqual([status, null]);
    server.close();
    expect(asked).toEqual(["/healthz"]);
  });
});
