import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { flatPng } from "../bots/painted.ts";
import { temporaryFolder } from "../cli/lrbot.ts";
import { buttonsOf, startFakeDiscord } from "../fakes/discord/index.ts";
import { startBot } from "../kill/bot-process.ts";
import { discordEnvironment } from "../kill/discord-crowd.ts";

it("what a member had forgotten goes though Discord deletes nothing at that moment and the bot is killed", async () => {
  await using fake = await startFakeDiscord({ rateLimitScale: 0.02 });
  const guild = fake.guild();
  const channel = fake.channel(guild, "pictures");
  const ann = fake.member({ guild, name: "ann" });
  const folder = temporaryFolder();
  const data = join(folder, "data");
  const start = async () => {
    const bot = startBot({ folder, chat: discordEnvironment(fake) });
    await bot.ready();
    await fake.until(() => fake.gateway.connected > 0 && fake.commands.length > 0, { timeout: 60_000 });
    return bot;
  };
  const shown = () => fake.messagesIn(channel).filter(({ authorId }) => authorId === fake.botId);
  const prompt = "words that nobody else says";
  const inStore = () =>
    readdirSync(data)
      .filter((name) => name.startsWith("store."))
      .some((name) => readFileSync(join(data, name), "latin1").includes(prompt));

  let bot = await start();
  try {
    const image = { name: "photo.png", bytes: await flatPng(120) };
    await ann.slash("edit", { prompt, image }, { channel });
    await fake.until(() => shown().some(({ content }) => /result 1 of \d/.test(content)), {
      timeout: 60_000,
    });
    expect(inStore()).toBe(true);
    const [job = ""] = readdirSync(join(data, "jobs"));

    const outage = fake.inject({
      method: "DELETE",
      path: /^\/channels\/\d+\/messages\/\d+$/,
      status: 503,
      times: 1000,
    });
    const asked = await ann.slash("forget", {}, { channel });
    const question = await fake.until(() => asked.replies.find((reply) => buttonsOf(reply).length > 0));
    const answer = await ann.pressButton(question, { label: /Delete/ });
    const said = () => answer.replies.map(({ content }) => content).join("\n");
    await fake.until(() => said() !== "", { timeout: 60_000 });
    expect(said()).toContain(
      "Deleted 1 job of yours with its pictures.\nOne message could not be removed yet. I keep trying.",
    );
    expect(shown()).toHaveLength(1);
    expect(existsSync(join(data, "jobs", job))).toBe(false);
    expect(inStore()).toBe(false);

    await bot.kill();
    outage.remove();
    bot = await start();
    await fake.until(() => shown().length === 0, { timeout: 60_000 });
    expect((await bot.stop()).status).toBe(0);
    expect(inStore()).toBe(false);
    expect(fake.violations).toEqual([]);
  } finally {
    await bot.kill();
    rmSync(folder, { recursive: true });
  }
}, 180_000);
