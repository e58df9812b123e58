import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { probeRedis } from "../../../src/queue/fleet/redis.ts";
import { freePort, noRedis, type RedisServer, startRedis } from "./redis-server.ts";

const noTls = noRedis ?? (spawnSync("openssl", ["version"]).status === 0 ? null : "openssl is not installed");
const probe = (address: string, authority: string | null = null) =>
  probeRedis({ address, authority }, () => Date.now());

describe("the address of Redis", () => {
  it.each(["localhost", "http://localhost", "redis://", "file:///tmp"])("is not %s", async (address) => {
    await expect(probe(address)).rejects.toMatchObject({ code: "usage" });
  });

  it("leads to nobody: it says where, and what to do, and no password", async () => {
    const address = `redis://bot:s3cret@127.0.0.1:${await freePort()}`;
    const failure = await probe(address).catch((error) => error);
    expect(failure).toMatchObject({ code: "fleet-unreachable" });
    expect(failure.message).toMatch(
      /^Expected Redis at redis:\/\/127\.0\.0\.1:\d+, got .*ECONNREFUSED.* Start it/,
    );
    expect(failure.message).not.toContain("s3cret");
  });

  it("leads to a host that there is not", async () => {
    await expect(probe("redis://no-such-host.invalid")).rejects.toMatchObject({ code: "fleet-unreachable" });
  });

  it("leads to something else", async () => {
    const server = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    await expect(probe(`redis://127.0.0.1:${port}`)).rejects.toMatchObject({
      code: expect.stringMatching(/^fleet-(refused|unreachable)$/),
    });
    server.close();
  });
});

describe.skipIf(noRedis !== null)(`a Redis with a password${noRedis ? ` (${noRedis})` : ""}`, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis({
      arguments: ["--requirepass", "right", "--user", "narrow", "on", ">narrow", "~other:*", "+@all"],
    });
  });
  afterAll(() => redis[Symbol.asyncDispose]());
  const at = (credentials: string) => redis.address.replace("//", `//${credentials}@`);

  it("says how far its clock is from this machine's", async () => {
    expect(Math.abs(await probe(at(":right")))).toBeLessThan(60_000);
    const ahead = await probeRedis({ address: at(":right"), authority: null }, () => Date.now() - 3_600_000);
    expect(ahead).toBeGreaterThan(3_500_000);
  });

  it.each([
    ["no password", ""],
    ["a wrong one", ":wrong"],
    ["an unknown user", "nobody:right"],
  ])("refuses %s, and it is said what to do", async (_, credentials) => {
    const failure = await probe(credentials ? at(credentials) : redis.address).catch((error) => error);
    expect(failure).toMatchObject({ code: "fleet-refused" });
    expect(failure.message).toContain("Put the right ones into the address.");
    expect(failure.message).not.toMatch(/:wrong|:right/);
  });

  it("refuses a user without the rights", async () => {
    const failure = await probe(at("narrow:narrow")).catch((error) => error);
    expect(failure).toMatchObject({
      code: "fleet-refused",
      message: expect.stringContaining("docs/fleet.md"),
    });
  });

  it("that does not speak TLS is told from one that does", async () => {
    const failure = await probe(at(":right").replace("redis:", "rediss:")).catch((error) => error);
    expect(failure.code).toMatch(/^fleet-(refused|unreachable)$/);
    expect(failure.message).toContain("redis:// where it does not");
  });
});

describe.skipIf(noTls !== null)(`a Redis that speaks TLS${noTls ? ` (${noTls})` : ""}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "lrbot-tls-"));
  const [certificate, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  let redis: RedisServer;
  beforeAll(async () => {
    const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
    const files = ["-keyout", key, "-out", certificate, "-days", "2"];
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        ...subject,
        ...files,
      ],
      { stdio: "ignore" },
    );
    redis = await startRedis({ tls: { certificate, key } });
  });
  afterAll(async () => {
    await redis[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  it("is spoken to where its authority is named", async () => {
    expect(await probe(redis.address, certificate)).toEqual(expect.any(Number));
  });

  it("is refused where its authority is not known, and it is said how to name it", async () => {
    const failure = await probe(redis.address).catch((error) => error);
    expect(failure).toMatchObject({
      code: "fleet-refused",
      message: expect.stringContaining("LRBOT_FLEET_REDIS_CA"),
    });
  });

  it("does not answer who speaks plainly, who is told to use rediss://", async () => {
    const failure = await probe(redis.address.replace("rediss:", "redis:")).catch((error) => error);
    expect(failure).toMatchObject({ code: "fleet-refused", message: expect.stringContaining("rediss://") });
  });

  it("needs a certificate in the file that names its authority", async () => {
    await expect(probe(redis.address, join(folder, "none.pem"))).rejects.toMatchObject({ code: "usage" });
    writeFileSync(join(folder, "empty.pem"), "");
    await expect(probe(redis.address, join(folder, "empty.pem"))).rejects.toMatchObject({
      code: "fleet-refused",
    });
  });
});
