import { readFileSync, rmSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { flatPng } from "../bots/painted.ts";
import { processesIn, temporaryFolder } from "../cli/lrbot.ts";
import { startFakeDiscord } from "../fakes/discord/index.ts";
import { startBot } from "../kill/bot-process.ts";
import { discordEnvironment } from "../kill/discord-crowd.ts";
import { createSlackCrowd } from "../kill/slack-crowd.ts";

vi.setConfig({ testTimeout: 120_000 });

it.runIf(process.platform === "linux")(
  "no child process has a secret, nor can it read one from the bot's own environment",
  async () => {
    await using discord = await startFakeDiscord({ rateLimitScale: 0.02 });
    await using slack = await createSlackCrowd({ picture: new Uint8Array() });
    const folder = temporaryFolder();
    const unread = {
      HF_TOKEN: "hf_canary",
      AWS_SECRET_ACCESS_KEY: "aws-canary",
      GITHUB_TOKEN: "github-canary",
      LRBOT_A1111_AUTH: "me:canary",
    };
    const chats = { ...discordEnvironment(discord), ...slack.chat };
    const secrets = ["DISCORD_TOKEN", "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"].map((name) => chats[name] ?? "");
    const bot = startBot({ folder, chat: { ...chats, ...unread }, lanes: 1 });
    try {
      const shown = () => readFileSync(`/proc/${bot.pid}/environ`, "utf8");
      expect(secrets.filter((secret) => shown().includes(secret))).toEqual(secrets);
      await bot.ready();
      const guild = discord.guild();
      const channel = discord.channel(guild);
      const alice = discord.member({ guild, name: "alice" });
      await discord.until(() => discord.gateway.connected > 0 && discord.commands.length > 0);
      const image = { name: "photo.png", bytes: await flatPng(120) };
      await alice.slash("edit", { prompt: "a castle", image }, { channel });
      const isPosted = () => discord.messagesIn(channel).some(({ attachments }) => attachments.length > 0);
      await discord.until(isPosted, { timeout: 40_000 });

      const children = processesIn(folder).filter((pid) => Number(pid) !== bot.pid);
      expect(children.length).toBeGreaterThanOrEqual(2);
      for (const pid of children) {
        const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
        expect(environment).toContain("PATH=");
        for (const secret of [...secrets, "canary"]) expect(environment).not.toContain(secret);
      }
      for (const secret of [...secrets, "hf_canary", "aws-canary", "me:canary"])
        expect(shown()).not.toContain(secret);
      // What is not the bot's it leaves alone.
      expect(shown()).toContain("GITHUB_TOKEN=github-canary");
    } finally {
      await bot.kill();
      rmSync(folder, { recursive: true });
    }
  },
);
