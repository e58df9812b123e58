import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPage } from "../test/bots/web/page-client.ts";
import { startLrbot } from "../test/cli/lrbot.ts";
import type { BenchOptions } from "./main.ts";

/** Streams that are open at once, unless the first word says another number. */
const standard = 1000;

/**
 * What idle event streams cost: memory of the whole bot's process with none and with many open, each by a connection of its
 * own, and how many bytes a second it sends to all of them.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  const count = Number(args[0] ?? standard);
  const folder = mkdtempSync(join(tmpdir(), "lrbot-streams-"));
  const bot = startLrbot(["start"], {
    folder,
    environment: {
      ...{ LRBOT_WEB: "on", LRBOT_WEB_PORT: "0", LRBOT_PORT: "0", LRBOT_DEVICES: "simulated:1" },
      ...{ LRBOT_WEB_USER_HEADER: "X-User", LRBOT_WEB_PROXIES: "127.0.0.1" },
    },
  });
  const streams: ReturnType<typeof request>[] = [];
  try {
    await bot.said('"msg":"ready"');
    const [, url = "", token = ""] = /(http\S+)\/#operator=(\S+)/.exec(bot.stderrSoFar) ?? [];
    const page = await openPage(url, { "x-user": "operator" });
    await page.post("/api/operator/login", { token });
    const memory = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5000));
      return (await page.get<{ memoryBytes: number }>("/api/operator")).body.memoryBytes / 1e6;
    };
    const before = await memory();
    let bytes = 0;
    for (let index = 0; index < count; index++) {
      const user = `p${index % 200}`;
      const cookies = new Map<string, string>();
      if (index < 200) await openPage(url, { "x-user": user }, cookies).then((each) => each.close());
      const cookie = [...(cookies.size > 0 ? cookies : (kept.get(user) ?? []))];
      kept.set(user, new Map(cookie));
      const asked = request(new URL("/api/events", url), {
        agent: false,
        headers: { "x-user": user, cookie: cookie.map(([name, value]) => `${name}=${value}`).join("; ") },
      });
      asked.on("error", () => {});
      asked.end();
      const [response] = await once(asked, "response");
      if (response.statusCode !== 200)
        throw new Error(`Expected a stream, got status ${response.statusCode}.`);
      response.on("error", () => {});
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      streams.push(asked);
    }
    const withAll = await memory();
    const sentBefore = bytes;
    await new Promise((resolve) => setTimeout(resolve, 4000));
    const figures = {
      streams: count,
      megabytesBefore: Math.round(before),
      megabytesWith: Math.round(withAll),
      megabytesForAll: Math.round(withAll - before),
      kilobytesEach: Math.round(((withAll - before) * 1000) / count),
      bytesPerSecond: Math.round((bytes - sentBefore) / 4),
    };
    log(JSON.stringify(figures));
    page.close();
    return figures;
  } finally {
    for (const asked of streams) asked.destroy();
    bot.kill("SIGKILL");
    await bot.ended;
    rmSync(folder, { recursive: true, force: true });
  }
}

const kept = new Map<string, Map<string, string>>();
