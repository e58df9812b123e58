import { tmpdir } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CommandContext } from "../../src/cli/context.ts";
import type { Terminal } from "../../src/cli/terminal.ts";
import { loadConfig } from "../../src/config.ts";
import { runRegister } from "../../src/service/run-register.ts";
import { type FakeDiscord, startFakeDiscord } from "../fakes/discord/index.ts";
import { type FakeSlack, startFakeSlack } from "../fakes/slack/index.ts";

let discord: FakeDiscord;
let slack: FakeSlack;
let said: string[];
let printed: string[];

beforeEach(async () => {
  discord = await startFakeDiscord();
  slack = await startFakeSlack();
  said = [];
  printed = [];
});
afterEach(async () => {
  await discord[Symbol.asyncDispose]();
  await slack[Symbol.asyncDispose]();
});

function contextWith(environment: Readonly<Record<string, string>>): CommandContext {
  const terminal: Pick<Terminal, "say" | "out"> = {
    say: (text) => void said.push(text),
    out: (text) => void printed.push(text),
  };
  const config = () => loadConfig({ environment, folder: tmpdir() });
  return { terminal, config } as CommandContext;
}

describe("registering", () => {
  it("without tokens says what is missing on each platform, and prints the manifest", async () => {
    await runRegister({ slackUrl: "https://bot.example/slack/events" }, contextWith({}));
    expect(said).toEqual([
      expect.stringContaining("DISCORD_TOKEN is not set"),
      expect.stringContaining("make an app of the manifest below"),
    ]);
    expect(JSON.parse(printed.join(""))).toMatchObject({
      settings: { socket_mode_enabled: false, event_subscriptions: { request_url: expect.any(String) } },
    });
  });

  it("with tokens registers the commands of one, and says which scopes the other lacks", async () => {
    const context = contextWith({
      DISCORD_TOKEN: discord.token,
      DISCORD_API_URL: discord.apiUrl,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_API_URL: slack.apiUrl,
    });
    await runRegister({}, context);
    expect(discord.commands.length).toBeGreaterThan(0);
    expect(said).toEqual([
      expect.stringMatching(/^Discord: registered "/),
      expect.stringMatching(/^Discord: add the bot to a server with https:\/\/discord\.com/),
      expect.stringMatching(/^Slack: .* in .*; it has every scope that it needs\.$/),
    ]);
    expect(JSON.parse(printed.join(""))).toMatchObject({ settings: { socket_mode_enabled: true } });
  });
});
