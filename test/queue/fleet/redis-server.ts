import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";

/** Why tests with a real Redis server are skipped; `null` where they are not. */
export const noRedis: string | null =
  spawnSync("redis-server", ["--version"]).status === 0 ? null : "redis-server is not installed";

/** A real Redis server of a test's own, on a free port, with its data in a temporary folder. */
export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  readonly address: string;
  /** SIGKILL, and a new one on the same port: empty, unless it `keeps` what it had written down. */
  restart(options?: { readonly keeps?: boolean; readonly awayMilliseconds?: number }): Promise<void>;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Names of all that it holds. */
  keys(): Promise<string[]>;
}

export interface RedisServerOptions {
  /** Further arguments, such as `--requirepass`. */
  readonly arguments?: readonly string[];
  /** It speaks TLS alone, with these files. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** It writes down everything, so that a restart can keep it. */
  readonly keeps?: boolean;
}

export async function startRedis(options: RedisServerOptions = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "lrbot-redis-"));
  const port = await freePort();
  let child: ChildProcess | null = null;

  async function start(): Promise<void> {
    const persistence = options.keeps
      ? ["--appendonly", "yes", "--appendfsync", "always"]
      : ["--appendonly", "no"];
    const listening = options.tls
      ? ["--port", "0", "--tls-port", String(port), "--tls-auth-clients", "no", ...tlsFiles(options.tls)]
      : ["--port", String(port)];
    const place = [...listening, "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
    child = spawn("redis-server", [...place, ...persistence, ...(options.arguments ?? [])], {
      stdio: "ignore",
    });
    while (!(await answers(port, options.tls === undefined))) await sleep(10);
  }
  async function kill(): Promise<void> {
    const running = child;
    child = null;
    if (!running || running.exitCode !== null) return;
    const ended = once(running, "exit");
    running.kill("SIGKILL");
    await ended;
  }
  await start();
  return {
    port,
    address: `${options.tls ? "rediss" : "redis"}://127.0.0.1:${port}`,
    kill,
    start,
    async keys() {
      const client = new Redis(port, "127.0.0.1");
      try {
        return await client.keys("*");
      } finally {
        client.disconnect();
      }
    },
    async restart({ keeps = false, awayMilliseconds = 0 } = {}) {
      await kill();
      if (!keeps) rmSync(join(folder, "appendonlydir"), { recursive: true, force: true });
      await sleep(awayMilliseconds);
      await start();
    },
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * A port that nobody listens on at the moment, and that no outgoing connection takes while its server is away: systems take
 * those from 32768 on.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + Math.floor(Math.random() * 17_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

function tlsFiles({ certificate, key }: NonNullable<RedisServerOptions["tls"]>): string[] {
  return ["--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate];
}

/** Whether it listens; one that speaks plainly has read its data too. */
function answers(port: number, isPlain: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      if (isPlain) return socket.write("PING\r\n");
      resolve(true);
      return socket.destroy();
    });
    socket.once("data", () => {
      resolve(true);
      socket.destroy();
    });
    socket.once("error", () => resolve(false));
  });
}
