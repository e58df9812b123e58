import { request } from "node:http";
import { afterAll, describe, expect, it } from "vitest";
import { EditError } from "../../src/errors.ts";
import { createMetrics } from "../../src/http/metrics.ts";
import { type HttpServerOptions, startHttpServer } from "../../src/http/server.ts";

const state = {
  isStoreBroken: false,
  isStoreSlow: false,
  isDraining: false,
  discord: true,
  refusal: null as string | null,
  waiting: 3,
  failure: null as EditError | null,
};
const connected = () => ({ discord: state.discord, slack: true });
const platforms = () => ({
  discord: { isConnected: state.discord, refusal: state.refusal },
  slack: { isConnected: true, refusal: null },
});
const metrics = createMetrics({
  waiting: async () => state.waiting,
  running: () => 1,
  outbox: () => 7,
  lanes: () => ({ "gpu1/cuda:0": "running", cpu: "free" }),
  connected,
});
const options: HttpServerOptions = {
  host: "127.0.0.1",
  port: 0,
  metrics,
  platforms,
  isDraining: () => state.isDraining,
  storeMilliseconds: 50,
  checkStore: async () => {
    if (state.failure) throw state.failure;
    if (state.isStoreBroken) throw new Error("a secret of the store");
    if (state.isStoreSlow) await new Promise(() => {});
  },
};
const server = await startHttpServer(options);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  metrics[Symbol.dispose]();
});

const get = (path: string, method = "GET") => fetch(server.url + path, { method });
/** The value of a metric as a scraper reads it. */
const numberIn = (text: string, name: string) =>
  Number(
    text
      .split("\n")
      .find((line) => line.startsWith(`${name} `))
      ?.split(" ")
      .at(-1),
  );

it("the metrics tell what each lane is at", async () => {
  const text = await (await get("/metrics")).text();
  expect(text).toContain('lrbot_lane{lane="gpu1/cuda:0",state="running"} 1');
  expect(text).toContain('lrbot_lane{lane="cpu",state="free"} 1');
});

describe("health", () => {
  it("is 200 while the store answers", async () => {
    const response = await get("/healthz");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "healthy" });
    expect(response.headers.get("cache-control")).toBe("no-store");
  });

  it.each([
    ["disk-full", "the disk is full"],
    ["store-unwritable", "the store takes no writes"],
    ["store-in-use", "the store does not answer"],
  ] as const)(
    "is 503 with a reason that tells no path where the store fails with %s",
    async (code, reason) => {
      state.failure = new EditError(code, "Expected room in /home/somebody/data, got a full disk.");
      const response = await get("/healthz");
      state.failure = null;
      expect(response.status).toBe(503);
      expect(await response.json()).toEqual({ status: "failing", reasons: [reason] });
    },
  );

  it.each(["isStoreBroken", "isStoreSlow"] as const)("is 503 with a reason where %s", async (what) => {
    state[what] = true;
    const response = await get("/healthz");
    state[what] = false;
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: "failing", reasons: ["the store does not answer"] });
  });
});

describe("readiness", () => {
  it("is 200 while platforms are connected and work is taken", async () => {
    const response = await get("/readyz?from=probe");
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ready", connected: ["discord", "slack"] });
  });

  it("is 503 and says why", async () => {
    Object.assign(state, { discord: false, isDraining: true });
    const response = await get("/readyz");
    Object.assign(state, { discord: true, isDraining: false });
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: "not ready",
      connected: ["slack"],
      reasons: ["discord is not connected", "draining: no new work is taken"],
    });
  });

  it("says what a platform that refused the bot wants to be mended", async () => {
    Object.assign(state, { discord: false, refusal: "Expected another token." });
    const response = await get("/readyz");
    Object.assign(state, { discord: true, refusal: null });
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      status: "not ready",
      connected: ["slack"],
      reasons: ["discord refused the bot for good: Expected another token."],
    });
  });
});

describe("metrics", () => {
  it("say what is asked for when they are read", async () => {
    state.waiting = 12;
    const response = await get("/metrics");
    const text = await response.text();
    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(numberIn(text, "lrbot_jobs_waiting")).toBe(12);
    expect(numberIn(text, "lrbot_jobs_running")).toBe(1);
    expect(numberIn(text, "lrbot_outbox_messages")).toBe(7);
    expect(numberIn(text, 'lrbot_chat_connected{platform="discord"}')).toBe(1);
    expect(numberIn(text, 'lrbot_jobs_total{outcome="failed"}')).toBe(0);
    expect(numberIn(text, "process_resident_memory_bytes")).toBeGreaterThan(1e7);
  });

  it("count outcomes, failures, phases and acknowledgements", async () => {
    metrics.countOutcome("done");
    metrics.countOutcome("done");
    metrics.countFailure("picture-heic");
    metrics.observePhase("paint", 2);
    metrics.observeAcknowledgement(120);
    metrics.observeAcknowledgement(4000);
    const text = await metrics.text();
    expect(numberIn(text, 'lrbot_jobs_total{outcome="done"}')).toBe(2);
    expect(numberIn(text, 'lrbot_failures_total{code="picture-heic"}')).toBe(1);
    expect(numberIn(text, 'lrbot_job_phase_seconds_sum{phase="paint"}')).toBe(2);
    expect(numberIn(text, 'lrbot_acknowledgement_seconds_bucket{le="0.2"}')).toBe(1);
    expect(numberIn(text, "lrbot_acknowledgement_seconds_sum")).toBe(4.12);
  });

  it("tell how late the event loop was since they were last read", async () => {
    await metrics.text();
    // The first look after a reading has none before it to be measured from.
    await new Promise((resolve) => setTimeout(resolve, 50));
    const until = performance.now() + 300;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(numberIn(await metrics.text(), 'lrbot_event_loop_delay_seconds{quantile="1"}')).toBeGreaterThan(
      0.25,
    );
    await new Promise((resolve) => setTimeout(resolve, 100));
    const text = await metrics.text();
    const quantile = (q: string) => numberIn(text, `lrbot_event_loop_delay_seconds{quantile="${q}"}`);
    expect(quantile("0.5")).toBeLessThanOrEqual(quantile("0.99"));
    expect(quantile("0.99")).toBeLessThanOrEqual(quantile("1"));
  });

  it("of two bots do not meet", async () => {
    using other = createMetrics({
      waiting: () => 0,
      running: () => 0,
      outbox: () => 0,
      connected: () => ({}),
    });
    other.countOutcome("failed");
    expect(numberIn(await metrics.text(), 'lrbot_jobs_total{outcome="failed"}')).toBe(0);
  });
});

describe("the server", () => {
  it("answers HEAD without a body, other methods with 405, other pages with 404", async () => {
    const head = await get("/healthz", "HEAD");
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const post = await get("/healthz", "POST");
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    for (const path of ["/", "/healthz/", "/metrics/x", "/..%2f"]) expect((await get(path)).status).toBe(404);
  });

  it("answers 500, without a word on why, where metrics cannot be read", async () => {
    const broken = { contentType: "text/plain", text: () => Promise.reject(new Error("a secret")) };
    await using failing = await startHttpServer({ ...options, metrics: broken });
    const response = await fetch(`${failing.url}/metrics`);
    expect([response.status, await response.text()]).toEqual([500, '{"status":"failing"}\n']);
  });

  it("says which address it could not listen on", async () => {
    const again = startHttpServer({ ...options, port: server.port });
    await expect(again).rejects.toMatchObject({
      code: "usage",
      message: `Expected to listen on 127.0.0.1 (LRBOT_HOST) at port ${server.port} (LRBOT_PORT), got EADDRINUSE.`,
    });
  });

  it("stops although a client keeps its connection open", async () => {
    const other = await startHttpServer(options);
    const open = request({
      port: other.port,
      host: "127.0.0.1",
      path: "/healthz",
      headers: { connection: "keep-alive" },
    });
    const broken = new Promise((resolve) => open.on("error", resolve));
    open.write("half a body");
    await new Promise((resolve) => open.on("socket", (socket) => socket.once("connect", resolve)));
    await other[Symbol.asyncDispose]();
    await broken;
    await expect(fetch(`${other.url}/healthz`)).rejects.toThrow();
  });
});
