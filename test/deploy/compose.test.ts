import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DCLinter } from "dclint";
import { describe, expect, it } from "vitest";
import { configVariables } from "../../src/config.ts";
import { composePath, readCompose } from "./compose-file.ts";

/** Everything but the order of keys. */
const rules = {
  "service-keys-order": 0,
  "services-alphabetical-order": 0,
  "top-level-properties-order": 0,
  // It takes a port with a variable in it for one without quotes.
  "require-quotes-in-ports": 0,
} as const;

/** The package's own types do not resolve. */
interface Found {
  readonly messages: readonly { readonly rule: string; readonly message: string }[];
}

function complaintsOf(file: string): string[] {
  const linter = new DCLinter({ rules, quiet: false, debug: false, exclude: [] });
  const [found]: Found[] = linter.lintFiles([file], false);
  return (found?.messages ?? []).map(({ rule, message }) => `${rule}: ${message}`);
}

describe("deploy/compose.yaml", () => {
  const compose = readCompose({
    FLEET_BOT_PASSWORD: "botsecret",
    FLEET_WORKER_PASSWORD: "workersecret",
    FLEET_S3_SECRET: "s3secret",
  });
  const fleet = Object.entries(compose.services).filter(([, { profiles }]) => profiles?.includes("fleet"));

  it("is what the Compose specification and a linter of it take", () => {
    expect(complaintsOf(composePath)).toEqual([]);
  });

  it("is looked at by a linter that finds a wrong key", () => {
    const folder = mkdtempSync(join(tmpdir(), "lrbot-compose-"));
    const wrong = join(folder, "compose.yaml");
    writeFileSync(wrong, readFileSync(composePath, "utf8").replace("mem_limit:", "memory_limit:"));
    expect(complaintsOf(wrong)).not.toEqual([]);
    rmSync(folder, { recursive: true });
  });

  it("is the bot alone, and with the profile the fleet: two workers, Redis, S3", () => {
    expect(Object.keys(compose.services)).toEqual(["lrbot", "worker1", "worker2", "redis", "s3"]);
    expect(fleet.map(([name]) => name)).toEqual(["worker1", "worker2", "redis", "s3"]);
    const alone = readCompose().services.lrbot?.environment ?? {};
    expect(alone.LRBOT_FLEET_REDIS ?? "").toBe("");
    expect(alone.LRBOT_FLEET_FILES ?? "").toBe("");
    expect(alone.AWS_ACCESS_KEY_ID ?? "").toBe("");
  });

  it("gives everybody keys that are theirs, and settings that there are", () => {
    const known = new Set(configVariables.map(({ name }) => name));
    const environmentOf = (name: string) => compose.services[name]?.environment ?? {};
    for (const name of ["lrbot", "worker1", "worker2"])
      expect(
        Object.keys(environmentOf(name)).filter((each) => !known.has(each)),
        name,
      ).toEqual([]);
    expect(environmentOf("lrbot").LRBOT_FLEET_REDIS).toBe("redis://bot:botsecret@redis:6379");
    expect(environmentOf("worker1").LRBOT_FLEET_REDIS).toBe("redis://worker1:workersecret@redis:6379");
    expect(environmentOf("worker2").LRBOT_FLEET_REDIS).toBe("redis://worker2:workersecret@redis:6379");
    const { ROOT_ACCESS_KEY, ROOT_SECRET_KEY } = environmentOf("s3");
    for (const name of ["lrbot", "worker1", "worker2"])
      expect(environmentOf(name)).toMatchObject({
        LRBOT_FLEET_FILES: "s3://pictures",
        AWS_ENDPOINT_URL_S3: "http://s3:7070",
        AWS_ACCESS_KEY_ID: ROOT_ACCESS_KEY,
        AWS_SECRET_ACCESS_KEY: ROOT_SECRET_KEY,
      });
  });

  it("names the workers as Redis knows them, and lets them end what runs", () => {
    for (const name of ["worker1", "worker2"]) {
      const { command = [], stop_grace_period: grace = "" } = compose.services[name] ?? {};
      const [, seconds] = /^(\d+)s$/.exec(grace) ?? [];
      expect(command[command.indexOf("--name") + 1]).toBe(name);
      expect(compose.configs.redis?.content).toContain(`user ${name} on `);
      expect(Number(seconds)).toBeGreaterThan(Number(command[command.indexOf("--grace") + 1]) + 5);
    }
  });

  it("starts each again, with as much memory as it may take and rights that it cannot add to; every volume is one of its own", () => {
    const mounted = Object.values(compose.services).flatMap(({ volumes = [] }) =>
      volumes.map((volume) => volume.split(":")[0]),
    );
    expect(mounted.toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
    for (const [name, service] of Object.entries(compose.services))
      expect(service, name).toMatchObject({
        mem_limit: expect.stringMatching(/^\d+g$/),
        restart: "unless-stopped",
        security_opt: ["no-new-privileges:true"],
      });
  });

  it("takes images of one version", () => {
    const images = Object.values(compose.services).flatMap(({ image }) => image ?? []);
    expect(images).toHaveLength(2);
    for (const image of images) expect(image).toMatch(/:v?\d+\.\d+/);
  });
});
