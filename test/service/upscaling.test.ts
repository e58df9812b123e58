import { readFileSync, rmSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { scene, temporaryFolder } from "../cli/lrbot.ts";
import { createFakeA1111 } from "../fakes/a1111/index.ts";
import { buttonsOf, startFakeDiscord } from "../fakes/discord/index.ts";
import { startBot } from "../kill/bot-process.ts";
import { discordEnvironment } from "../kill/discord-crowd.ts";

vi.setConfig({ testTimeout: 120_000 });

it("a bot that is told to end waits for no server that makes a picture larger, and says so to whoever waits", async () => {
  const folder = temporaryFolder();
  await using fake = await startFakeDiscord({ rateLimitScale: 0.02 });
  await using server = await createFakeA1111();
  server.misbehave({ request: /extra-single-image/, does: { kind: "stall" } });
  const guild = fake.guild();
  const channel = fake.channel(guild, "square");
  const member = fake.member({ guild, name: "alice" });
  const bot = startBot({
    folder,
    chat: {
      ...discordEnvironment(fake),
      LRBOT_INPAINTERS: `a1111=${server.url}`,
      LRBOT_UPSCALER: "R-ESRGAN 4x+",
    },
  });
  try {
    await bot.ready();
    await fake.until(() => fake.gateway.connected > 0 && fake.commands.length > 0, { timeout: 40_000 });
    const image = { name: "photo.png", bytes: readFileSync(scene) };
    await member.slash("edit", { prompt: "a rabbit", image }, { channel });
    const result = await fake.until(
      () => fake.messagesIn(channel).find((each) => buttonsOf(each).some(({ label }) => label === "Upscale")),
      { timeout: 60_000 },
    );
    const pressed = await member.pressButton(result, { label: "Upscale" });
    await fake.until(() => server.requests.some(({ path }) => path.includes("extra-single-image")), {
      timeout: 40_000,
    });
    const { status } = await bot.stop();
    expect(status).toBe(0);
    expect(pressed.replies.map(({ content }) => content).join()).toContain("about to restart");
  } finally {
    await bot.kill();
    rmSync(folder, { recursive: true });
  }
});
