import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ChatEvent } from "../../../src/bots/chat.ts";
import { commandsFor } from "../../../src/bots/commands/index.ts";
import { createDiscord } from "../../../src/bots/discord/discord.ts";
import { registerDiscord } from "../../../src/bots/discord/register.ts";
import { describe as describeCommand, languages } from "../../../src/locales/words.ts";
import {
  buttonsOf,
  type DrivenInteraction,
  type FakeChannel,
  type FakeDiscord,
  type Member,
  startFakeDiscord,
} from "../../fakes/discord/index.ts";
import { flatPng } from "../painted.ts";
import { createDiscordWorld } from "../stories/discord-world.ts";
import { type StoryBot, startStoryBot } from "../stories/story-bot.ts";
import { offer, type World } from "../stories/world.ts";

// Members bring the bot along to servers and groups that it is not in; that is Discord's alone.

let fake: FakeDiscord;
let world: World;
let bot: StoryBot;
let elsewhere: FakeChannel;
let alice: Member;
let photo: Uint8Array;

async function start(outsideLimits: { waiting: number; perDay: number } | null): Promise<void> {
  photo = await flatPng(120);
  fake = await startFakeDiscord({ rateLimitScale: 0.02 });
  world = await createDiscordWorld({}, { started: fake, forUsers: true });
  bot = await startStoryBot(world, { outsideLimits });
  const guild = fake.guild({ name: "Strangers", hasBot: false });
  elsewhere = fake.channel(guild, "their-room");
  alice = fake.member({ guild, name: "alice", permissions: ["ManageGuild"] });
  await fake.until(() => fake.commands.length > 0, { what: "registered commands" });
}

const textOf = ({ replies }: DrivenInteraction) => replies.map(({ content }) => content).join("\n---\n");
const says = (answer: DrivenInteraction, text: string | RegExp) =>
  fake.until(() => textOf(answer).match(text), { what: `an answer with ${text}, got ${textOf(answer)}` });
const edit = (prompt = "a big tree", channel = elsewhere) =>
  alice.slash("edit", { prompt, image: { name: "photo.png", bytes: photo } }, { channel });
const result = (answer: DrivenInteraction) =>
  fake.until(() => answer.replies.findLast(({ attachments }) => attachments.length > 0), {
    what: "a result",
  });

const stop = async () => {
  const { violations } = world;
  const { complaints } = bot;
  await bot[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
  expect([violations, complaints]).toEqual([[], []]);
};

describe("where the operator lets members bring the bot along", () => {
  beforeEach(() => start({ waiting: 1, perDay: 3 }));
  afterEach(stop);

  it("a result comes as an answer to its member alone, and its buttons live in it", async () => {
    bot.lane.auto = true;
    const answer = await edit();
    await says(answer, "for you alone, if it is ready within a quarter of an hour");
    const shown = await result(answer);
    expect(shown.content).toContain("result 1 of 3");
    expect(answer.replies.every(({ visibleTo }) => visibleTo === alice.id)).toBe(true);
    await alice.pressButton(shown, { label: "2" });
    await fake.until(() => shown.revisions.length > 1, { what: "another result in its place" });
    const asked = await alice.pressButton(shown, { label: "Edit again" });
    const again = await alice.submitModal(asked, { fields: { prompt: "a red car" } });
    expect((await result(again)).content).toContain("a red car");
    expect(fake.messagesIn(elsewhere).filter(({ visibleTo }) => visibleTo === null)).toEqual([]);
    const [job] = await bot.store.jobs.list({ limit: 1 });
    expect(job).toMatchObject({ place: null, owner: { workspace: null, user: alice.id } });
  });

  it("works in a group of people too, and as ever with the bot alone", async () => {
    bot.lane.auto = true;
    await result(await edit("a big tree", fake.group()));
    await says(await edit("a red car", alice.direct), /On it! My message here/);
    await fake.until(
      () => fake.messagesIn(alice.direct).some(({ content }) => content.includes("result 1 of 3")),
      { what: "a message of the bot" },
    );
  });

  it("has limits of its own, whoever somebody is in a server that the bot is not in", async () => {
    await says(await edit(), "On it!");
    await says(await edit(), "one is the limit here");
    await bot.lane.finish();
    bot.lane.auto = true;
    await result(await edit());
    await result(await edit());
    await says(await edit(), "used your 3 edits of 24 hours");
    expect(() => alice.slash("admin queue", {}, { channel: elsewhere })).toThrow(/offered here/);
  });

  it("keeps a result that came too late for /queue", async () => {
    const answer = await edit();
    await says(answer, "On it!");
    bot.letPass(15 * 60_000);
    fake.clock.advance(15 * 60_000 + 1);
    await bot.lane.finish();
    await fake.until(async () => (await bot.store.jobs.count({ states: ["undeliverable"] })) === 1, {
      what: "a job that waits",
    });
    const queue = await alice.slash("queue", {}, { channel: elsewhere });
    const reply = await fake.until(() => queue.replies.find((each) => buttonsOf(each).length > 0), {
      what: "a button",
    });
    await result(await alice.pressButton(reply, { label: /Send it to me/ }));
  });

  it("forgets what somebody asked for there", async () => {
    await says(await edit(), "On it!");
    const asked = await alice.slash("forget", {}, { channel: elsewhere });
    const reply = await fake.until(() => asked.replies.find((each) => buttonsOf(each).length > 0), {
      what: "a button",
    });
    await says(await alice.pressButton(reply, { label: /Delete it all/ }), "Deleted 1 job");
    expect(await bot.store.jobs.count({})).toBe(0);
  });
});

describe("where the operator does not", () => {
  beforeEach(() => start(null));
  afterEach(stop);

  it("what somebody still finds there is refused, and nothing is stored", async () => {
    await says(await edit(), "I only work in servers that I am in");
    await says(await alice.slash("forget", {}, { channel: elsewhere }), "There was nothing of yours");
    expect(await bot.store.jobs.count({})).toBe(0);
  });
});

describe("registration", () => {
  beforeEach(() => start(null));
  afterEach(stop);
  const register = (forUsers: boolean) =>
    registerDiscord({
      ...{ token: fake.token, apiUrl: fake.apiUrl, specs: commandsFor(offer) },
      ...{ describe: describeCommand, locales: languages, forUsers, log: () => {} },
    });
  const named = (name: string) => fake.commands.find((each) => each.name === name);

  it("offers everything but the admins' commands to people's accounts, where the operator says so", async () => {
    expect((await register(false)).userInstallUrl).toBeNull();
    expect(named("edit")).toMatchObject({ integration_types: [0], contexts: [0, 1] });
    const registered = await register(true);
    expect(registered.userInstallUrl).toContain("integration_type=1");
    expect(named("edit")).toMatchObject({ integration_types: [0, 1], contexts: [0, 1, 2] });
    expect(named("Edit this image")).toMatchObject({ integration_types: [0, 1], contexts: [0, 1, 2] });
    expect(named("admin")).toMatchObject({ integration_types: [0], contexts: [0] });
    expect(registered.lacksUserInstall).toBe(true);
    fake.settings.userInstall = true;
    expect((await register(true)).lacksUserInstall).toBe(false);
  });
});

describe("follow-ups where it is not", () => {
  it("are five at most, and what comes after them takes the place of the first answer", async () => {
    await using own = await startFakeDiscord({ rateLimitScale: 0 });
    const heard: ChatEvent[] = [];
    await using platform = createDiscord({
      ...{ token: own.token, apiUrl: own.apiUrl, cdnHosts: [], forUsers: true },
      ...{ specs: commandsFor(offer), describe: describeCommand, locales: languages },
      services: {
        isNew: async () => true,
        fetchAttachment: async () => {},
        onAcknowledged: () => {},
        leave: async () => {},
        log: () => {},
      },
    });
    await platform.start(async (event) => void heard.push(event), {
      signal: new AbortController().signal,
      onRefused: () => {},
    });
    const there = own.guild({ hasBot: false });
    const bob = own.member({ guild: there, name: "bob" });
    await own.until(() => own.commands.length > 0, { what: "registered commands" });
    const asking = bob.slash("help", {}, { channel: own.channel(there) });
    const event = await own.until(() => heard[0], { what: "an event" });
    if (event.kind !== "command") throw new Error("no command");
    await event.respond.acknowledge();
    const asked = await asking;
    for (const text of ["1", "2", "3", "4", "5", "6", "7"])
      await event.respond.say({ text: [text], pictures: [], buttons: [] });
    expect(asked.replies.map(({ content }) => content)).toEqual(["7", "2", "3", "4", "5", "6"]);
    expect([own.violations, event.place.isOutside, event.member.isAdmin]).toEqual([[], true, false]);
  });
});
