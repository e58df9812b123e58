import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { describe, expect, it } from "vitest";
import { checkSlack } from "../../../src/bots/slack/register.ts";
import { call, openWorkspace, text, type Workspace } from "./test-workspace.ts";

const ignore = async () => {};
const options = { ...call, onRefused: () => {} };

describe("Socket Mode", () => {
  it("connects again by itself, at once, and hears what was sent meanwhile", async () => {
    await using work = await openWorkspace({ settings: { retryDelays: [300, 1000, 3000] } });
    const { slack, platform } = work;
    expect(platform.isConnected).toBe(true);
    slack.sockets.dropAll();
    await slack.until(() => !platform.isConnected);
    slack.member().say(slack.channel(), "a tree", { mentionsBot: true });
    await slack.until(() => platform.isConnected);
    await work.next("mention");
    slack.sockets.disconnect("refresh_requested");
    await slack.until(() => slack.sockets.connectionsMade === 3 && platform.isConnected);
    await slack.member().slash("/lrbot", "queue");
    await work.next("command");
    expect(work.events).toHaveLength(2);
  });

  it("goes on trying while Slack is out of reach or refuses", { timeout: 20_000 }, async () => {
    await using work = await openWorkspace();
    const { slack, platform } = work;
    slack.inject({ method: "apps.connections.open", status: 503 });
    slack.inject({ method: "apps.connections.open", error: "invalid_auth" });
    slack.sockets.dropAll();
    await slack.until(() => !platform.isConnected);
    await slack.until(() => platform.isConnected, { timeout: 15_000 });
    expect(work.log.filter(({ text: line }) => line === "Slack could not be reached")).toHaveLength(2);
  });

  it("believes Slack that its token is no good after five refusals in a row", async () => {
    await using work = await openWorkspace({ change: { timing: { pause: async () => {} } } });
    const { slack, platform } = work;
    const refuse = (times: number) =>
      slack.inject({ method: "apps.connections.open", error: "invalid_auth", times });
    refuse(4);
    slack.sockets.dropAll();
    await slack.until(() => slack.sockets.connectionsMade === 2 && platform.isConnected);
    expect(work.refusals).toEqual([]);
    refuse(5);
    slack.sockets.dropAll();
    await slack.until(() => work.refusals.length > 0);
    expect(work.refusals).toMatchObject([
      { code: "usage", message: expect.stringContaining("SLACK_APP_TOKEN") },
    ]);
    expect(platform.isConnected).toBe(false);
  });

  it("keeps what is due where Slack does not take its bot token for a moment", async () => {
    await using work = await openWorkspace();
    const { slack, platform } = work;
    const channel = slack.channel({ withBot: true });
    const place = {
      platform: "slack",
      workspace: slack.team.id,
      channel: channel.id,
      thread: null,
      isDirect: false,
    };
    slack.inject({ method: "chat.postMessage", error: "token_revoked" });
    const post = () => platform.post(place, text("hello"), { ...call, key: "abcdefghjkmnpqrs-j" });
    await expect(post()).rejects.toMatchObject({ failure: "unavailable", cause: "token_revoked" });
    await post();
  });

  it("believes Slack that its bot token is no good after five refusals in a row, and hears nothing more", async () => {
    for (const mode of ["socket", "http"] as const) {
      await using work = await openWorkspace({ mode, change: { timing: { pause: async () => {} } } });
      const { slack, platform } = work;
      const channel = slack.channel({ withBot: true });
      const place = {
        platform: "slack",
        workspace: slack.team.id,
        channel: channel.id,
        thread: null,
        isDirect: false,
      };
      const post = () => platform.post(place, text("hello"), { ...call, key: "abcdefghjkmnpqrs-j" });
      const asked = () => slack.requests.filter(({ method }) => method === "auth.test").length;
      const askedBefore = asked();
      slack.inject({ method: "chat.postMessage", error: "token_revoked" });
      slack.inject({ method: "auth.test", error: "token_revoked", times: 4 });
      await expect(post()).rejects.toMatchObject({ failure: "unavailable" });
      await slack.until(() => asked() === askedBefore + 5);
      expect(work.refusals).toEqual([]);
      expect(platform.isConnected).toBe(true);
      slack.inject({ method: "*", error: "token_revoked", times: Number.POSITIVE_INFINITY });
      await expect
        .poll(async () => {
          await expect(post()).rejects.toMatchObject({ failure: "unavailable" });
          return work.refusals.length;
        })
        .toBeGreaterThan(0);
      expect(work.refusals).toMatchObject([
        { code: "usage", message: expect.stringContaining("SLACK_BOT_TOKEN") },
      ]);
      await slack.until(() => !platform.isConnected);
    }
  });

  it("can be started again where a start failed", async () => {
    await using work = await openWorkspace({ starts: false });
    const { slack, platform } = work;
    slack.inject({ method: "apps.connections.open", status: 503 });
    await expect(platform.start(ignore, options)).rejects.toMatchObject({ failure: "unavailable" });
    await platform.start(ignore, options);
    expect(platform.isConnected).toBe(true);
    expect(slack.sockets.connectionCount).toBe(1);
  });

  it("can be left while it connects again", async () => {
    await using work = await openWorkspace();
    work.slack.inject({ method: "apps.connections.open", status: 503, times: 100 });
    work.slack.sockets.dropAll();
    await work.slack.until(() => !work.platform.isConnected);
    await work.platform[Symbol.asyncDispose]();
    expect(work.platform.isConnected).toBe(false);
  });

  it("ends when everything that it took is handled", async () => {
    await using work = await openWorkspace();
    let isHandled = false;
    work.answer = async (event) => {
      if (event.kind !== "command") return;
      await new Promise((resolve) => setTimeout(resolve, 200));
      await event.respond.say(text("handled"));
      isHandled = true;
    };
    const command = await work.slack.member().slash("/lrbot", "queue");
    await work.next("command");
    await work.platform[Symbol.asyncDispose]();
    expect(isHandled).toBe(true);
    expect(command.replies[0]?.content.text).toBe("handled");
  });
});

describe("HTTP", () => {
  it("answers Slack's challenge and refuses what is forged, late, or signed for later", async () => {
    await using work = await openWorkspace({ mode: "http", settings: { retryDelays: [] } });
    const { slack } = work;
    expect(await slack.http.verifyUrl()).toBe(true);
    slack.disturb({ wrongSignature: true });
    slack.disturb({ stale: 301 });
    slack.disturb({ stale: -303 });
    const [alice, channel] = [slack.member(), slack.channel()];
    for (const words of ["forged", "stale", "ahead", "true"])
      alice.say(channel, words, { mentionsBot: true });
    expect(await work.next("mention")).toMatchObject({ text: "true" });
    expect(slack.deliveries.map(({ outcome }) => outcome)).toEqual([
      "refused",
      "refused",
      "refused",
      "acknowledged",
    ]);
    expect(work.events).toHaveLength(1);
  });

  it("says of a flood of forged requests that there were many, in a few lines", async () => {
    await using work = await openWorkspace({ mode: "http" });
    const forge = (timestamp: number) =>
      fetch(work.slack.http.url ?? "", {
        method: "POST",
        body: "{}",
        headers: { "x-slack-signature": "v0=00", "x-slack-request-timestamp": String(Math.floor(timestamp)) },
      });
    const warnings = () => work.log.filter(({ level }) => level === "warn");
    for (let index = 0; index < 40; index++) expect((await forge(Date.now() / 1000)).status).toBe(401);
    const few = warnings().length;
    expect(few).toBeGreaterThan(0);
    expect(few).toBeLessThanOrEqual(5);
    work.letPass(61_000);
    await forge(Date.now() / 1000);
    expect(JSON.stringify(warnings().slice(few))).toMatch(/\d+ more of these/);
  });

  it("takes a request that is sent again byte by byte, and does nothing", async () => {
    await using work = await openWorkspace({ mode: "http" });
    const { slack } = work;
    const [alice, channel] = [slack.member(), slack.channel()];
    alice.say(channel, "a tree", { mentionsBot: true });
    await work.next("mention");
    expect(await slack.http.replay()).toBe(200);
    await alice.slash("/lrbot", "queue", { channel });
    await work.next("command");
    expect(await slack.http.replay()).toBe(200);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(work.events).toHaveLength(2);
  });

  it("answers nothing else, and is closed in the end", async () => {
    const work = await openWorkspace({ mode: "http" });
    const url = new URL(work.slack.http.url ?? "");
    expect(work.platform.isConnected).toBe(true);
    expect((await fetch(url)).status).toBe(404);
    expect((await fetch(new URL("/", url), { method: "POST", body: "x" })).status).toBe(404);
    expect((await fetch(url, { method: "POST", body: "x" })).status).toBe(401);
    await work[Symbol.asyncDispose]();
    expect(work.platform.isConnected).toBe(false);
    await expect(fetch(url)).rejects.toThrow();
  });

  it("listens on the address that it is told to", async () => {
    await using work = await openWorkspace({ mode: "http", change: { host: "127.0.0.2" } });
    const { port } = new URL(work.slack.http.url ?? "");
    await expect(fetch(`http://127.0.0.1:${port}/slack/events`)).rejects.toThrow();
    expect((await fetch(`http://127.0.0.2:${port}/slack/events`)).status).toBe(404);
  });

  it.each([
    ["headers", "POST /slack/events HTTP/1.1\r\nhost: bot\r\n"],
    ["body", "POST /slack/events HTTP/1.1\r\nhost: bot\r\ncontent-length: 100\r\n\r\n{"],
  ])("drops a request whose %s do not arrive", async (_, beginning) => {
    await using work = await openWorkspace({ mode: "http", change: { requestMilliseconds: 50 } });
    const socket = connect(Number(new URL(work.slack.http.url ?? "").port), "127.0.0.1");
    socket.write(beginning);
    const answer = Buffer.concat(await socket.toArray()).toString();
    expect(answer).toMatch(/^HTTP\/1\.1 408/);
    expect(work.platform.isConnected).toBe(true);
  });

  it("says that its port is taken", async () => {
    const server = createServer().listen(0);
    const { port } = server.address() as AddressInfo;
    await using work = await openWorkspace({ mode: "http", starts: false, change: { port } });
    await expect(work.platform.start(ignore, options)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("SLACK_PORT"),
    });
    server.close();
  });
});

describe("a start that cannot work says which variable to mend, and never its value", () => {
  it.each([
    ["SLACK_BOT_TOKEN", { botToken: "xoxb-canary-bot" }],
    ["SLACK_BOT_TOKEN", { botToken: "xoxb-canary\n-bot" }],
    ["SLACK_APP_TOKEN", { appToken: "xapp-canary-app" }],
    ["SLACK_APP_TOKEN", { appToken: "xapp-canary\r-app" }],
    ["SLACK_SIGNING_SECRET", { appToken: null }],
  ])("%s: %j", async (name, change) => {
    await using work = await openWorkspace({ starts: false, change });
    const failure = await work.platform.start(ignore, options).then(
      () => null,
      (error: unknown) => error as Error,
    );
    expect(failure).toMatchObject({ name: "EditError", code: "usage" });
    expect(failure?.message).toContain(name);
    expect(`${failure?.message} ${failure?.stack} ${JSON.stringify(work.log)}`).not.toContain("canary");
  });

  it("says that Slack is out of reach", async () => {
    await using work = await openWorkspace({ starts: false, change: { apiUrl: "http://127.0.0.1:9/api/" } });
    await expect(work.platform.start(ignore, options)).rejects.toMatchObject({ failure: "unavailable" });
  });
});

it("writes no secret into the log, whatever goes wrong", { timeout: 20_000 }, async () => {
  await using work = await openWorkspace();
  const { slack, platform } = work;
  await stir(work);
  const log = JSON.stringify(work.log);
  for (const secret of [slack.botToken, slack.appToken, slack.signingSecret])
    expect(log).not.toContain(secret);
  expect(platform.isConnected).toBe(true);
});

async function stir(work: Workspace): Promise<void> {
  const { slack, platform } = work;
  slack.inject({ method: "apps.connections.open", drop: "before" });
  slack.inject({ method: "users.info", drop: "before" });
  slack.inject({ method: "response_url", status: 500 });
  slack.sockets.dropAll();
  await slack.until(() => !platform.isConnected);
  await slack.until(() => platform.isConnected, { timeout: 15_000 });
  const command = await slack.member().slash("/lrbot", "admin words");
  await (await work.next("misread")).respond.say(text("typed so"));
  await command.reply();
}

describe("a check of the token", () => {
  it("names the workspace, the bot and the scopes that are missing", async () => {
    await using work = await openWorkspace({ starts: false });
    const { slack } = work;
    const check = () => checkSlack({ botToken: slack.botToken, apiUrl: slack.apiUrl });
    expect(await check()).toEqual({
      workspace: { id: slack.team.id, name: "Painters" },
      bot: { id: slack.team.botUser.id, name: "painter" },
      missingScopes: [],
    });
    slack.settings.scopes.delete("im:write");
    expect(await check()).toMatchObject({ missingScopes: ["im:write"] });
    await expect(checkSlack({ botToken: "xoxb-wrong", apiUrl: slack.apiUrl })).rejects.toMatchObject({
      code: "usage",
    });
  });
});
