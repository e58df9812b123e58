import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { App } from "@slack/bolt";
import { describe, expect, it } from "vitest";
import { modal } from "../bot.ts";
import type { FakeSlack } from "../index.ts";
import { freshSlack } from "./fresh-slack.ts";

let slack: FakeSlack;
const start = freshSlack((fresh) => {
  slack = fresh;
});

describe("what goes wrong between Slack and the bot", () => {
  it("delivers an event twice with one event id, and again when the first was not acknowledged", async () => {
    const heard: { id: string; retry: number | undefined }[] = [];
    await start((app) => {
      app.event("app_mention", async ({ body, context }) => {
        heard.push({ id: body.event_id, retry: context.retryNum });
      });
    });
    const [alice, channel] = [slack.member(), slack.channel()];
    slack.disturb({ duplicate: true });
    alice.say(channel, "a tree", { mentionsBot: true });
    await slack.until(() => heard.length === 2);
    expect(heard[0]?.id).toBe(heard[1]?.id);
    expect(heard[1]?.retry).toBe(1);
  });

  it("keeps an event for a bot that comes back after its socket was cut", async () => {
    slack.settings.retryDelays = [50, 6000, 6000];
    const heard: string[] = [];
    await start((app) => {
      app.event("app_mention", async ({ event }) => void heard.push(event.text));
    });
    slack.sockets.dropAll();
    await slack.until(() => slack.sockets.connectionCount === 0);
    slack.member().say(slack.channel(), "a tree", { mentionsBot: true });
    await slack.until(() => slack.deliveries.at(-1)?.outcome === "acknowledged", { timeout: 20_000 });
    expect(heard).toHaveLength(1);
    expect(slack.sockets.connectionsMade).toBe(2);
    expect(slack.deliveries.map(({ outcome }) => outcome)).toEqual([
      "no-connection",
      "no-connection",
      "acknowledged",
    ]);
  });

  it("sends forged and stale requests, which the bot refuses, and repeats one byte by byte", async () => {
    const heard: string[] = [];
    await start((app) => {
      app.event("app_mention", async ({ event }) => void heard.push(event.text));
    }, "http");
    slack.settings.retryDelays = [];
    const [alice, channel] = [slack.member(), slack.channel()];
    expect(await slack.http.verifyUrl()).toBe(true);
    slack.disturb({ wrongSignature: true });
    slack.disturb({ stale: 600 });
    for (const text of ["forged", "stale", "true"]) alice.say(channel, text, { mentionsBot: true });
    await slack.until(
      () => slack.deliveries.every(({ outcome }) => outcome !== "pending") && heard.length > 0,
    );
    expect(slack.deliveries.map(({ outcome }) => outcome)).toEqual(["refused", "refused", "acknowledged"]);
    expect(await slack.http.replay()).toBe(200);
    await slack.until(() => heard.length === 2);
  });

  it("sends an event over HTTP again after a failure, with the number and the reason", async () => {
    slack.settings.retryDelays = [0, 0, 0];
    const seen: unknown[] = [];
    const server = createServer((request, response) => {
      seen.push([request.headers["x-slack-retry-num"], request.headers["x-slack-retry-reason"]]);
      if (seen.length === 3) response.setHeader("x-slack-no-retry", "1");
      response.writeHead(500).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    slack.http.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    slack.member().say(slack.channel(), "a tree", { mentionsBot: true });
    await slack.until(() => slack.deliveries.filter(({ outcome }) => outcome === "refused").length === 3);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(seen).toEqual([
      [undefined, undefined],
      ["1", "http_error"],
      ["2", "http_error"],
    ]);
  });

  it("gives up on a command that nobody acknowledges, and refuses its trigger afterwards", async () => {
    slack.settings.ackTimeout = 50;
    slack.settings.triggerLifetime = 50;
    const app = await start((bot) => {
      bot.command("/edit", async () => {});
    });
    const command = await slack.member().slash("/edit", "");
    expect(command.outcome).toBe("timeout");
    const late = app.client.views.open({ trigger_id: command.triggerId, view: modal });
    await expect(late).rejects.toThrow("expired_trigger_id");
  });

  it("takes five posts to a response URL within half an hour", async () => {
    await start((app) => {
      app.command("/lrbot", async ({ ack }) => await ack("queued"));
    });
    const [alice, bob] = [slack.member(), slack.member()];
    const channel = slack.channel();
    const command = await alice.slash("/lrbot", "queue", { channel });
    expect(command.replies[0]?.content.text).toBe("queued");
    expect(alice.sees(channel)).toHaveLength(1);
    expect(bob.sees(channel)).toHaveLength(0);
    const post = async (body: object) => {
      const options = { method: "POST", headers: { "content-type": "application/json" } };
      return await fetch(command.responseUrl ?? "", { ...options, body: JSON.stringify(body) });
    };
    expect((await post({ replace_original: true, text: "first" })).status).toBe(200);
    expect(command.replies.map(({ content }) => content.text)).toEqual(["queued", "first"]);
    for (let use = 2; use <= 5; use += 1) expect((await post({ text: "x" })).status).toBe(200);
    expect(await (await post({ text: "x" })).json()).toEqual({ ok: false, error: "used_url" });
  });

  it("asks for a new connection, over which the next event comes", async () => {
    const heard: string[] = [];
    await start((app) => {
      app.event("app_mention", async ({ event }) => void heard.push(event.text));
    });
    slack.sockets.disconnect("refresh_requested");
    await slack.until(() => slack.sockets.connectionsMade === 2 && slack.sockets.connectionCount === 1, {
      timeout: 20_000,
    });
    slack.member().say(slack.channel(), "a tree", { mentionsBot: true });
    await slack.until(() => heard.length === 1);
  });

  it("spreads payloads over several connections, and outlives any bot", async () => {
    const heard: number[] = [];
    const listens = (bot: number) => (app: App) => {
      app.event("app_mention", async () => void heard.push(bot));
    };
    await start(listens(1));
    await start(listens(2));
    const [alice, channel] = [slack.member(), slack.channel()];
    alice.say(channel, "one", { mentionsBot: true });
    alice.say(channel, "two", { mentionsBot: true });
    await slack.until(() => heard.length === 2);
    expect(heard.toSorted()).toEqual([1, 2]);
    expect(alice.sees(channel)).toHaveLength(2);
  });

  it("delivers late when told to, and records acknowledgements that come too late", async () => {
    slack.settings.ackTimeout = 20;
    await start((app) => {
      app.command("/edit", async ({ ack }) => {
        await new Promise((resolve) => setTimeout(resolve, 60));
        await ack();
      });
    });
    slack.disturb({ type: "slash_commands", delay: 30 });
    const command = await slack.member().slash("/edit", "");
    expect([command.outcome, command.ackMilliseconds]).toEqual(["timeout", Number.POSITIVE_INFINITY]);
    await slack.until(() => slack.deliveries[0]?.isLate);
  });
});
