import {
  type ChatInputCommandInteraction,
  ComponentType,
  Events,
  type Interaction,
  LabelBuilder,
  MessageFlags,
  ModalBuilder,
  Routes,
  TextInputBuilder,
  TextInputStyle,
} from "discord.js";
import { describe, expect, it } from "vitest";
import { onInteraction, picture, useTestGuild } from "../test-bot.ts";

const setup = useTestGuild();

describe("interactions", () => {
  it("carries a slash command from its acknowledgement to the edited answer with a file", async () => {
    const { fake, channel, alice, connect, register } = setup();
    const client = await connect();
    await register(client);
    onInteraction(client, async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      await interaction.deferReply();
      const image = interaction.options.getAttachment("image", true);
      const bytes = Buffer.from(await (await fetch(image.url)).arrayBuffer());
      await interaction.editReply({
        content: `${interaction.locale}: ${interaction.options.getString("prompt")}`,
        files: [{ attachment: bytes, name: "result.png", description: "a tree" }],
      });
    });
    const image = { name: "house.png", bytes: picture, contentType: "image/png" };
    const edit = await alice.slash("edit", { prompt: "a big tree", image }, { channel });
    expect(edit.ack?.type).toBe(5);
    expect(edit.ackMilliseconds).toBeLessThan(3000);
    const answer = await fake.until(() => edit.replies.find(({ content }) => content !== ""));
    expect(answer.content).toBe("de: a big tree");
    expect(answer.attachments).toMatchObject([
      { filename: "result.png", description: "a tree", contentType: "image/png", width: 1, height: 1 },
    ]);
    expect(Buffer.from(answer.attachments[0]?.bytes ?? []).equals(picture)).toBe(true);
    expect(answer.revisions.map(({ content }) => content)).toEqual(["", "de: a big tree"]);
    expect(alice.sees(channel)).toEqual([answer]);
    expect(fake.violations).toEqual([]);
  });

  it("does not let a member send what the client would refuse", async () => {
    const { channel, alice, connect, register } = setup();
    await register(await connect());
    const image = { name: "house.png", bytes: picture };
    expect(() => alice.slash("edit", { image }, { channel })).toThrow(/prompt/);
    expect(() => alice.slash("edit", { prompt: "x", image, seed: -1 }, { channel })).toThrow(/seed/);
    expect(() => alice.slash("nothing", {}, { channel })).toThrow(/registered/);
  });

  it("opens a modal from a message command, with text and an uploaded file in labels", async () => {
    const { fake, guild, channel, alice, connect, register } = setup();
    const client = await connect();
    await register(client);
    onInteraction(client, async (interaction) => {
      if (interaction.isMessageContextMenuCommand()) {
        const prompt = new TextInputBuilder().setCustomId("prompt").setStyle(TextInputStyle.Short);
        const label = new LabelBuilder().setLabel("Prompt").setTextInputComponent(prompt);
        const file = new LabelBuilder()
          .setLabel("Picture")
          .setFileUploadComponent((upload) => upload.setCustomId("picture").setMaxValues(1));
        const modal = new ModalBuilder().setCustomId("edit").setTitle("Edit").addLabelComponents(label, file);
        await interaction.showModal(modal);
      } else if (interaction.isModalSubmit()) {
        const prompt = interaction.fields.getTextInputValue("prompt");
        const name = interaction.fields.getUploadedFiles("picture")?.first()?.name;
        await interaction.reply({ content: `${prompt} / ${name}`, flags: MessageFlags.Ephemeral });
      }
    });
    const message = alice.say(channel, "look", { attachments: [{ name: "a.png", bytes: picture }] });
    const opened = await alice.messageCommand("Edit this image", message);
    expect(opened.modal).toMatchObject({ title: "Edit" });
    await expect(alice.submitModal(opened, { fields: { Prompt: "" } })).rejects.toThrow(/Prompt/);
    const files = [{ name: "mine.png", bytes: picture }];
    const sent = await alice.submitModal(opened, { fields: { Prompt: "a lake" }, files });
    expect(sent.replies[0]?.content).toBe("a lake / mine.png");
    const bob = fake.member({ guild, name: "bob" });
    expect(alice.sees(channel)).toHaveLength(2);
    expect(bob.sees(channel)).toEqual([message]);
    expect(fake.violations).toEqual([]);
  });

  it("delivers a button of a message that the client never saw, and takes its update", async () => {
    const { fake, channel, alice, connect } = setup();
    const client = await connect();
    const rest = setup().rest();
    const button = { type: ComponentType.Button, style: 1, label: "Reroll", custom_id: "reroll:1" };
    const body = { content: "result", components: [{ type: 1, components: [button] }] };
    const posted = (await rest.post(Routes.channelMessages(channel.id), { body })) as { id: string };
    onInteraction(client, async (interaction) => {
      if (!interaction.isButton()) return;
      await interaction.update({ content: `pressed ${interaction.customId}`, components: [] });
    });
    const message = await fake.until(() => fake.world.messages.get(posted.id));
    const pressed = await alice.pressButton(message, { label: "Reroll" });
    expect(pressed.ack?.type).toBe(7);
    expect(message.content).toBe("pressed reroll:1");
    await expect(async () => alice.pressButton(message, { label: "Reroll" })).rejects.toThrow(/button/);
  });

  it("refuses a second acknowledgement, a late one, and an expired token", async () => {
    const { fake, channel, alice, connect, register } = setup();
    const client = await connect();
    await register(client);
    const seen: ChatInputCommandInteraction[] = [];
    onInteraction(client, async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      await interaction.deferReply({ flags: MessageFlags.Ephemeral });
      seen.push(interaction);
    });
    const image = { name: "house.png", bytes: picture };
    await alice.slash("edit", { prompt: "x", image }, { channel });
    const interaction = await fake.until(() => seen[0]);
    const rest = setup().rest();
    const again = rest.post(Routes.interactionCallback(interaction.id, interaction.token), {
      body: { type: 5 },
    });
    await expect(again).rejects.toMatchObject({ code: 40060 });
    await interaction.editReply("in time");
    fake.clock.advance(15 * 60_000 + 1);
    await expect(interaction.editReply("too late")).rejects.toMatchObject({ code: 50027 });

    client.removeAllListeners(Events.InteractionCreate);
    const late: Interaction[] = [];
    client.on(Events.InteractionCreate, (each) => void late.push(each));
    fake.settings.ackDeadline = 100;
    const missed = await alice.slash("edit", { prompt: "y", image }, { channel });
    expect(missed.ack).toBeNull();
    const deferred = (late[0] as ChatInputCommandInteraction).deferReply();
    await expect(deferred).rejects.toMatchObject({ code: 10062 });
    expect(fake.interactions.late).toHaveLength(1);
  });

  it("takes follow-ups, and hides the ephemeral ones from everybody else", async () => {
    const { fake, guild, channel, alice, connect, register } = setup();
    const client = await connect();
    await register(client);
    onInteraction(client, async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      const response = await interaction.reply({ content: "queued", withResponse: true });
      expect(response.resource?.message?.content).toBe("queued");
      await interaction.followUp({ content: "for you", flags: MessageFlags.Ephemeral });
      await interaction.followUp("for all");
      await interaction.deleteReply();
    });
    const image = { name: "house.png", bytes: picture };
    const edit = await alice.slash("ändern", { prompt: "x", image }, { channel });
    await fake.until(() => edit.replies.length === 2 && edit.replies.at(-1)?.content === "for all");
    await fake.until(() => edit.original === null, { what: "the deleted answer" });
    const bob = fake.member({ guild, name: "bob" });
    expect(alice.sees(channel).map(({ content }) => content)).toEqual(["for you", "for all"]);
    expect(bob.sees(channel).map(({ content }) => content)).toEqual(["for all"]);
    expect(fake.violations).toEqual([]);
  });

  it("defers the update of a pressed button's message, in a direct conversation too", async () => {
    const { fake, alice, connect, register } = setup();
    const client = await connect();
    await register(client);
    onInteraction(client, async (interaction) => {
      if (interaction.isChatInputCommand()) {
        const button = { type: 2, style: 1, label: "More", custom_id: "more" };
        await interaction.reply({ content: "one", components: [{ type: 1, components: [button] }] });
      } else if (interaction.isButton()) {
        await interaction.deferUpdate();
        await interaction.editReply({ content: "two" });
      }
    });
    const image = { name: "house.png", bytes: picture };
    const edit = await alice.slash("edit", { prompt: "x", image }, { channel: alice.direct });
    const answer = await fake.until(() => edit.original);
    const pressed = await alice.pressButton(answer, { label: "More" });
    expect(pressed.ack?.type).toBe(6);
    await fake.until(() => answer.content === "two");
    expect(fake.violations).toEqual([]);
  });

  it("offers a command to those alone who have its permission, with subcommands and members", async () => {
    const { fake, guild, channel, alice, connect, register } = setup();
    const client = await connect();
    await register(client);
    const chief = fake.member({ guild, name: "chief", permissions: ["ManageGuild"] });
    onInteraction(client, async (interaction) => {
      if (!interaction.isChatInputCommand()) return;
      const member = interaction.options.getUser("member", true);
      const isAllowed = interaction.memberPermissions?.has("ManageGuild");
      await interaction.reply(`${interaction.options.getSubcommand()} ${member.username} ${isAllowed}`);
    });
    expect(() => alice.slash("admin pause", { member: alice }, { channel })).toThrow(/may use/);
    const paused = await chief.slash("admin pause", { member: alice }, { channel });
    expect(paused.original?.content).toBe("pause alice true");
  });
});
