import { Routes } from "discord.js";
import * as published from "discord-api-spec/zod";
import { expect, it } from "vitest";
import type { z } from "zod";
import { onInteraction, picture, useTestGuild } from "../test-bot.ts";

const setup = useTestGuild();
const schemas = new Map(Object.entries(published as Readonly<Record<string, z.ZodType>>));

/** Places of a response that the API's public description does not allow. */
function problemsOf(name: string, body: unknown): string[] {
  const result = schemas.get(name)?.safeParse(body);
  if (!result) return [`no schema ${name}`];
  return result.success
    ? []
    : result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
}

it("answers in the shapes of the API's public description", async () => {
  const { fake, guild, channel, alice, connect, register, rest } = setup();
  const client = await connect();
  await register(client);
  onInteraction(client, async (interaction) => {
    if (interaction.isChatInputCommand()) await interaction.reply({ content: "done", files: [picture] });
  });
  await alice.slash("edit", { prompt: "x", image: { name: "a.png", bytes: picture } }, { channel });
  const asked = alice.say(channel, "look", {
    mentionsBot: true,
    attachments: [{ name: "a.png", bytes: picture }],
  });
  alice.react(asked, "1️⃣");
  const thread = fake.thread(channel);
  const body = { content: "answer", message_reference: { message_id: asked.id } };
  const get = (path: `/${string}`) => rest().get(path);
  const posted = (await rest().post(Routes.channelMessages(channel.id), { body })) as { id: string };
  const answers: [string, unknown][] = [
    ["GatewayBotResponseSchema", await get(Routes.gatewayBot())],
    ["UserPIIResponseSchema", await get(Routes.user("@me"))],
    ["PrivateApplicationResponseSchema", await get(Routes.currentApplication())],
    ["GuildChannelResponseSchema", await get(Routes.channel(channel.id))],
    ["ThreadResponseSchema", await get(Routes.channel(thread.id))],
    ["PrivateChannelResponseSchema", await get(Routes.channel(alice.direct.id))],
    ["GuildWithCountsResponseSchema", await get(Routes.guild(guild.id))],
    ["GuildMemberResponseSchema", await get(Routes.guildMember(guild.id, alice.id))],
    ["MessageResponseSchema", posted],
  ];
  for (const message of (await get(Routes.channelMessages(channel.id))) as unknown[]) {
    answers.push(["MessageResponseSchema", message]);
  }
  const commands = (await get(Routes.applicationCommands(fake.applicationId))) as unknown[];
  for (const command of commands) answers.push(["ApplicationCommandResponseSchema", command]);
  expect(answers).toHaveLength(15);
  expect(
    answers.flatMap(([name, answer]) => problemsOf(name, answer).map((each) => `${name} ${each}`)),
  ).toEqual([]);
});
