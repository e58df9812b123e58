import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { configVariables, loadConfig, secretsOf } from "../src/config.ts";
import type { Gpus } from "../src/devices.ts";
import { packageFolder } from "../src/package-folder.ts";

const folder = mkdtempSync(join(tmpdir(), "lrbot-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

const noGpus = { count: 0, driver: null, hasProvider: false };
const load = (environment: NodeJS.ProcessEnv, gpus: Gpus = noGpus) =>
  loadConfig({ environment, folder, gpus });

describe("configuration", () => {
  it("needs nothing to be set", () => {
    const config = load({});
    expect(config.pack).toBe("mini");
    expect(config.devices).toEqual(["auto"]);
    expect(config.dataFolder).toBe(join(packageFolder, "data"));
    expect(config.packRoots).toEqual([join(packageFolder, "models"), join(packageFolder, "data", "packs")]);
    expect(config.discord.token).toBeNull();
  });

  it("counts an empty variable as unset, so that a copied .env template works", () => {
    expect(load({ SLACK_PORT: "", LRBOT_LOG: " ", DISCORD_TOKEN: "" })).toMatchObject({
      slack: { port: 3000 },
      logLevel: "info",
      discord: { token: null },
    });
  });

  it("reads .env of the folder, and the environment wins over it", () => {
    writeFileSync(join(folder, ".env"), "LRBOT_PACK=from-file\nLRBOT_LOG=debug\n");
    expect(load({ LRBOT_LOG: "error" })).toMatchObject({ pack: "from-file", logLevel: "error" });
    rmSync(join(folder, ".env"));
  });

  it("tells what a variable is in plain words, though its page has links", () => {
    expect(() => load({ LRBOT_FLEET_REDIS: "http://redis" })).toThrow(/, see docs\/fleet\.md\), got /);
  });

  it.each([
    ["LRBOT_DEVICES", "gpu"],
    ["LRBOT_DEVICES", "cpu,cpu"],
    ["LRBOT_DEVICES", ","],
    ["LRBOT_DEVICES", "simulated:0"],
    ["LRBOT_DEVICES", "simulated:2,simulated:3"],
    ["LRBOT_DEVICES", "auto,cpu"],
    ["LRBOT_ADMINS", "123"],
    ["LRBOT_ADMINS", "discord:1 2"],
    ["LRBOT_KEEP_DAYS", "0"],
    ["LRBOT_KEEP_DAYS", "3651"],
    ["LRBOT_LIMIT_WAITING", "0"],
    ["LRBOT_LIMIT_PER_DAY", "many"],
    ["LRBOT_MAX_UPLOAD_MB", "201"],
    ["LRBOT_MAX_UPLOAD_MB", "2.5"],
    ["LRBOT_HOST", "example.org"],
    ["LRBOT_PORT", "65536"],
    ["LRBOT_PORT", "-1"],
    ["SLACK_PORT", "http"],
    ["LRBOT_WEB", "yes"],
    ["LRBOT_WEB_HOST", "example.org"],
    ["LRBOT_WEB_PORT", "65536"],
    ["LRBOT_WEB_USER_HEADER", "X User"],
    ["LRBOT_WEB_PROXIES", "proxy.example.org"],
    ["LRBOT_WEB_ORIGIN", "edit.example.org"],
    ["LRBOT_WEB_ROOM", "all"],
    ["LRBOT_METHODS", "regions,diffedits"],
    ["LRBOT_METHODS", "diffedit,diffedit"],
    ["LRBOT_LOG", "loud"],
    ["LRBOT_ALLOW_LOOPBACK", "yes"],
    ["DISCORD_API_URL", "ftp://example.org"],
    ["DISCORD_SHARDS", "8"],
    ["DISCORD_SHARDS", "0-3"],
    ["DISCORD_SHARDS", "4-3/8"],
    ["DISCORD_SHARDS", "0-8/8"],
    ["DISCORD_SHARDS", "8/8"],
    ["DISCORD_SHARDS", "0/0"],
    ["DISCORD_SHARDS", "-1/8"],
    ["DISCORD_SHARDS", "0,1/8"],
    ["DISCORD_SHARDS", "all"],
    ["HF_ENDPOINT", "ftp://example.org"],
    ["HF_ENDPOINT", "mirror"],
  ])("refuses %s=%s, naming the variable and the value", (name, value) => {
    expect(() => load({ [name]: value })).toThrow(
      expect.objectContaining({
        code: "usage",
        message: expect.stringMatching(new RegExp(`^Expected ${name} .*got "${value}"`)),
      }),
    );
  });

  it("lets members choose among nothing, or among the methods that are named", () => {
    expect(load({}).methods).toEqual([]);
    expect(load({ LRBOT_METHODS: "regions, masactrl-mask" }).methods).toEqual(["regions", "masactrl-mask"]);
  });

  it.each([
    [{ LRBOT_WEB_HOST: "0.0.0.0" }, "LRBOT_WEB_PASSWORD or LRBOT_WEB_USER_HEADER"],
    [{ LRBOT_WEB_HOST: "::" }, "LRBOT_WEB_PASSWORD or LRBOT_WEB_USER_HEADER"],
    [{ LRBOT_WEB_USER_HEADER: "X-User" }, "LRBOT_WEB_PROXIES"],
    [
      { LRBOT_WEB_USER_HEADER: "X-User", LRBOT_WEB_PROXIES: "::1", LRBOT_WEB_PASSWORD: "12345678" },
      "got both",
    ],
    [{ LRBOT_WEB_PASSWORD: "short" }, "LRBOT_WEB_PASSWORD"],
  ])("refuses a page that others could use or pretend to be somebody on: %j", (environment, named) => {
    const refused = expect.objectContaining({ code: "usage", message: expect.stringContaining(named) });
    expect(() => load(environment)).toThrow(refused);
    expect(load({ ...environment, LRBOT_WEB: "off", LRBOT_WEB_PASSWORD: "" }).web).toBeNull();
  });

  it.each([
    ["auto", "auto"],
    ["0-3/8", { first: 0, last: 3, count: 8 }],
    ["7/8", { first: 7, last: 7, count: 8 }],
    ["0/1", { first: 0, last: 0, count: 1 }],
  ])("takes the shards %s", (value, shards) => {
    expect(load({ DISCORD_SHARDS: value }).discord.shards).toEqual(shards);
    expect(load({}).discord.shards).toBe("auto");
  });

  it("serves the page to this machine alone unless it is told otherwise", () => {
    expect(load({}).web).toEqual({
      ...{ host: "127.0.0.1", port: 8090, proxies: [], isShared: false, origin: null },
      access: { kind: "alone" },
    });
    const { web } = load({ LRBOT_WEB_HOST: "0.0.0.0", LRBOT_WEB_PASSWORD: "correct horse" });
    expect(web?.access).toEqual({ kind: "password", password: "correct horse" });
    expect(secretsOf(load({ LRBOT_WEB_PASSWORD: "correct horse" }))).toContain("correct horse");
  });

  it.each([["cuda:0,cuda:1"], ["webgpu"], ["simulated:8"], ["cpu"]])("takes the devices %s", (value) => {
    expect(load({ LRBOT_DEVICES: value }).devices).toEqual(value.split(","));
  });

  it.each([
    ["auto", ["cpu"]],
    ["cpu", ["cpu"]],
    ["cuda", ["cuda:0"]],
    ["cuda:0,cuda:1", ["cuda:0", "cuda:1"]],
    ["simulated:3", ["simulated:0", "simulated:1", "simulated:2"]],
    ["cpu,simulated:2", ["cpu", "simulated:0", "simulated:1"]],
  ])("makes of the devices %s the lanes %j", (value, lanes) => {
    expect(load({ LRBOT_DEVICES: value }).lanes).toEqual(lanes);
  });

  it.each([
    ["every GPU that can be reached", { count: 2, hasProvider: true }, ["cuda:0", "cuda:1"]],
    ["the CPU where the library for them is missing", { count: 2, hasProvider: false }, ["cpu"]],
    ["the CPU where the library has no GPU", { count: 0, hasProvider: true }, ["cpu"]],
  ])("takes for auto %s", (_, found, lanes) => {
    expect(load({}, { driver: "some driver", ...found }).lanes).toEqual(lanes);
  });

  it("has limits, a keeping time, a listening address and no admins unless they are set", () => {
    expect(load({})).toMatchObject({
      admins: [],
      keepDays: 7,
      keepTextDays: 90,
      limits: { waiting: 5, perDay: 50 },
      maxUploadBytes: 25_000_000,
      host: "127.0.0.1",
    });
    const set = { LRBOT_ADMINS: "discord:123, slack:U1", LRBOT_LIMIT_PER_DAY: "9", LRBOT_HOST: "::" };
    expect(load(set)).toMatchObject({
      admins: ["discord:123", "slack:U1"],
      limits: { waiting: 5, perDay: 9 },
      host: "::",
    });
  });

  it("knows its secrets, and only those that are set", () => {
    expect(secretsOf(load({}))).toEqual([]);
    const slack = { SLACK_BOT_TOKEN: "b", SLACK_APP_TOKEN: "c", SLACK_SIGNING_SECRET: "d" };
    const set = { DISCORD_TOKEN: "a", ...slack, HF_TOKEN: "e" };
    expect(secretsOf(load(set))).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("resolves the data folder against the folder it runs in", () => {
    expect(load({ LRBOT_DATA: "here" }).dataFolder).toBe(join(folder, "here"));
  });

  it("has no safety model unless one is set, and resolves its folder against the folder it runs in", () => {
    expect(load({}).marks.signing).toBeNull();
    expect(load({ LRBOT_C2PA_KEY: "k", LRBOT_C2PA_CERTIFICATES: "c" }).marks.signing).toEqual({
      keyFile: join(folder, "k"),
      certificatesFile: join(folder, "c"),
    });
    expect(() => load({ LRBOT_C2PA_KEY: "k" })).toThrow("LRBOT_C2PA_CERTIFICATES");
    expect(load({}).safetyModel).toBeNull();
    expect(load({ LRBOT_SAFETY_MODEL: "nsfw" }).safetyModel).toBe(join(folder, "nsfw"));
  });

  it("hands workers what systems and libraries read of the environment, and no secret of whatever name", () => {
    const { workerEnvironment } = load({
      PATH: "/bin",
      LC_ALL: "C.UTF-8",
      CUDA_VISIBLE_DEVICES: "1",
      LD_LIBRARY_PATH: "/opt/cuda/lib",
      AWS_SECRET_ACCESS_KEY: "f",
      NODE_AUTH_TOKEN: "g",
      HTTPS_PROXY: "http://me:h@proxy",
      LRBOT_A1111_AUTH: "me:i",
      MY_PATH: "j",
      DISCORD_TOKEN: "a",
      SLACK_BOT_TOKEN: "b",
      SLACK_APP_TOKEN: "c",
      SLACK_SIGNING_SECRET: "d",
      HF_TOKEN: "e",
    });
    expect(workerEnvironment).toEqual({
      PATH: "/bin",
      LC_ALL: "C.UTF-8",
      CUDA_VISIBLE_DEVICES: "1",
      LD_LIBRARY_PATH: "/opt/cuda/lib",
      TF_FORCE_GPU_ALLOW_GROWTH: "true",
      TF_CPP_MIN_LOG_LEVEL: "2",
      ORT_DISABLE_TELEMETRY: "1",
      MALLOC_MMAP_THRESHOLD_: "1048576",
    });
  });

  it("knows where S3-compatible storage is by AWS's own names, and half a pair of keys is no fault where nobody uses it", () => {
    const none = { endpoint: null, region: null, keys: null, isPathStyle: null, allowsPlaintext: false };
    expect(load({}).s3).toEqual(none);
    const set = {
      AWS_ACCESS_KEY_ID: "id",
      AWS_SECRET_ACCESS_KEY: "secret",
      AWS_SESSION_TOKEN: "token",
      AWS_REGION: "eu-central-1",
      AWS_ENDPOINT_URL: "https://other.example.org",
      AWS_ENDPOINT_URL_S3: "https://s3.example.org:9000/",
      LRBOT_S3_PATH_STYLE: "off",
      LRBOT_ALLOW_PLAINTEXT: "1",
    };
    const config = load(set);
    expect(config.s3).toEqual({
      endpoint: "https://s3.example.org:9000",
      region: "eu-central-1",
      keys: { id: "id", secret: "secret", sessionToken: "token" },
      isPathStyle: false,
      allowsPlaintext: true,
    });
    expect(secretsOf(config)).toEqual(expect.arrayContaining(["secret", "token"]));
    expect(load({ AWS_ENDPOINT_URL: "https://other.example.org" }).s3.endpoint).toBe(
      "https://other.example.org",
    );
    expect(load({ AWS_SECRET_ACCESS_KEY: "f" }).s3.keys).toEqual({ id: "", secret: "f", sessionToken: null });
    expect(() => load({ AWS_ENDPOINT_URL_S3: "s3.example.org" })).toThrow(/^Expected AWS_ENDPOINT_URL_S3 /);
  });

  it("is frozen all the way down", () => {
    const config = load({});
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.discord.cdnHosts)).toBe(true);
    expect(Object.isFrozen(config.workerEnvironment)).toBe(true);
  });

  it("is documented: the table of docs/settings.md names exactly the variables that are read", () => {
    const page = readFileSync(join(packageFolder, "docs", "settings.md"), "utf8");
    const rows = page.split("\n").filter((line) => /^\|\s*`[A-Z]+_[A-Z0-9_]+`/.test(line));
    const named = rows.flatMap((row) => (row.split("|")[1] ?? "").match(/[A-Z]+_[A-Z0-9_]+/g) ?? []);
    expect(named.sort()).toEqual(configVariables.map((variable) => variable.name).sort());
  });
});
