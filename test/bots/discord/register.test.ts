import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { editOptionsFor, nothingOffered } from "../../../src/bots/commands/edit.ts";
import { commands } from "../../../src/bots/commands/index.ts";
import { commandBodiesOf } from "../../../src/bots/discord/commands.ts";
import { inviteUrlOf, registerDiscord } from "../../../src/bots/discord/register.ts";
import { isShown } from "../../../src/bots/intake/edit-options.ts";
import { type FakeDiscord, startFakeDiscord } from "../../fakes/discord/index.ts";

const texts = {
  specs: commands,
  describe: (key: string, locale: string | null) => (locale ? `${key} (${locale})` : key),
  locales: ["en", "de", "pt-BR"],
};
let fake: FakeDiscord;

beforeEach(async () => {
  fake = await startFakeDiscord({ rateLimitScale: 0.05 });
});
afterEach(() => fake[Symbol.asyncDispose]());

describe("the registered commands", () => {
  const bodies = commandBodiesOf(texts);
  const named = (name: string) =>
    bodies.find((body) => body.name === name) as unknown as Record<string, unknown>;

  it("are one for each first word, and the message command", () => {
    expect(bodies.map(({ name }) => name)).toEqual([
      "edit",
      "settings",
      "queue",
      "help",
      "mentions",
      "avatar",
      "forget",
      "admin",
      "study",
      "Edit this image",
      "Was this edited?",
    ]);
  });

  it("have the options of their specs, with their limits", () => {
    expect(named("edit").options).toMatchObject([
      { name: "prompt", type: 3, required: true, max_length: 1000, description: "option.prompt" },
      { name: "image", type: 11, required: false },
      ...editOptionsFor(nothingOffered)
        .filter(isShown)
        .map(({ spec: { name } }) => ({ name, required: false })),
      { name: "overlay", type: 5 },
      { name: "private", type: 5 },
      { name: "box", type: 3, max_length: 40 },
      { name: "from", type: 3, max_length: 500 },
      { name: "avatar", type: 6 },
    ]);
    const options = named("edit").options as { name: string }[];
    expect(options.find(({ name }) => name === "source")).toMatchObject({ type: 3, max_length: 100 });
    expect(options.find(({ name }) => name === "seed")).toMatchObject({
      ...{ type: 4, min_value: 0, max_value: 2 ** 32 - 1 },
    });
    expect(options.find(({ name }) => name === "strength")).toMatchObject({
      choices: [
        { value: "touch", name: "a touch", name_localizations: { de: "ein wenig" } },
        { value: "some" },
        { value: "all" },
      ],
    });
  });

  it("have subcommands where a second word follows", () => {
    const subcommands = named("admin").options as { name: string; type: number; options: object[] }[];
    expect(subcommands.every(({ type }) => type === 1)).toBe(true);
    expect(subcommands.map(({ name }) => `admin ${name}`)).toEqual(
      commands.map(({ name }) => name).filter((name) => name.startsWith("admin ")),
    );
    expect(subcommands.find(({ name }) => name === "limits")?.options).toMatchObject([
      { name: "waiting", type: 4 },
      { name: "per_day", type: 4 },
      { name: "member", type: 6 },
      { name: "group", type: 8 },
      { name: "pack", type: 3 },
      { name: "clear", type: 5 },
    ]);
    expect(subcommands.find(({ name }) => name === "channels")?.options).toMatchObject([
      { name: "do", type: 3, choices: [{ name: "list", value: "list" }, {}, {}, {}] },
      { name: "channel", type: 7 },
    ]);
  });

  it("are offered to admins in servers alone, to members in direct conversations too", () => {
    expect(named("admin")).toMatchObject({ default_member_permissions: "32", contexts: [0] });
    expect(named("edit")).toMatchObject({ default_member_permissions: null, contexts: [0, 1] });
    expect(named("Edit this image")).toMatchObject({ type: 3, contexts: [0, 1], integration_types: [0] });
  });

  it("speak every language that there is, by Discord's own tags", () => {
    expect(named("edit")).toMatchObject({
      description: "command.edit",
      description_localizations: {
        "en-US": "command.edit (en)",
        "en-GB": "command.edit (en)",
        de: "command.edit (de)",
        "pt-BR": "command.edit (pt-BR)",
      },
    });
    expect(named("Edit this image").name_localizations).toMatchObject({ de: "action.edit (de)" });
  });
});

describe("lrbot register", () => {
  const options = { ...texts, log: () => {} };

  it("puts the commands, asks for nothing but the token, and gives the invite", async () => {
    const registered = await registerDiscord({ ...options, token: fake.token, apiUrl: fake.apiUrl });
    expect(registered.applicationId).toBe(fake.applicationId);
    expect(registered.commands).toContain("admin");
    expect(fake.commands.map(({ name }) => name)).toEqual(registered.commands);
    expect(registered.inviteUrl).toBe(inviteUrlOf(fake.applicationId));
    expect(fake.violations).toEqual([]);
  });

  it("replaces what was registered before, in one server where it is told to", async () => {
    const guild = fake.guild();
    const there = { ...options, token: fake.token, apiUrl: fake.apiUrl, guild: guild.id };
    await registerDiscord(there);
    await registerDiscord({ ...there, specs: commands.slice(0, 1) });
    expect(fake.commands.map(({ name, guild_id }) => [name, guild_id])).toEqual([
      ["edit", guild.id],
      ["Edit this image", guild.id],
      ["Was this edited?", guild.id],
    ]);
  });

  it("names the setting where the token is wrong", async () => {
    await expect(
      registerDiscord({ ...options, token: "wrong.token", apiUrl: fake.apiUrl }),
    ).rejects.toMatchObject({ code: "usage", message: expect.stringContaining("DISCORD_TOKEN") });
  });

  it("invites with the permissions that the bot's work takes, and no others", () => {
    const query = new URL(inviteUrlOf("123")).searchParams;
    expect(query.get("client_id")).toBe("123");
    expect(query.get("scope")).toBe("bot applications.commands");
    const bits = BigInt(query.get("permissions") ?? 0);
    const granted = Array.from({ length: 64 }, (_, bit) => bit).filter((bit) => (bits >> BigInt(bit)) & 1n);
    // React, view, send, attach, read history, send in threads.
    expect(granted).toEqual([6, 10, 11, 15, 16, 38]);
  });
});
