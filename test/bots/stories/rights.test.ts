import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { publicAnswers } from "../../../src/bots/public-answers.ts";
import { flatPng } from "../painted.ts";
import { createDiscordWorld } from "./discord-world.ts";
import { createSlackWorld } from "./slack-world.ts";
import { type StoryBot, startStoryBot } from "./story-bot.ts";
import type { Answer, Person, World } from "./world.ts";

describe.each([
  ["Discord", () => createDiscordWorld()],
  ["Slack", () => createSlackWorld()],
])("on %s", (_, makeWorld) => {
  let world: World;
  let bot: StoryBot;
  let alice: Person;
  let boss: Person;
  let photo: Uint8Array;

  beforeEach(async () => {
    photo = await flatPng(120);
    world = await makeWorld();
    bot = await startStoryBot(world);
    alice = world.person("alice");
    boss = world.person("boss", { isAdmin: true });
  });
  afterEach(async () => {
    const { violations } = world;
    await bot[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
    expect(violations).toEqual([]);
  });

  const says = (answer: Answer, text: string) =>
    world.until(() => answer.text.includes(text), `an answer with ${text}, got ${answer.text}`);
  const block = async () => {
    const { store } = bot;
    const [job] = await store.jobs.list({ limit: 1 });
    // Members are typed and picked in different ways; the command's own are held elsewhere.
    const person = `${job?.owner.platform}:${alice.id}`;
    await store.settings.set("", "blocked", [person]);
  };

  it("a blocked member's buttons, reactions and mentions do nothing, and each answer says why", async () => {
    bot.lane.auto = true;
    await alice.edit({ prompt: "a tree", picture: photo });
    const result = await world.until(() => {
      const last = world.messages(world.square).at(-1);
      return last && last.reactions.size === 4 ? last : null;
    }, "a result with reactions");
    await block();
    await says(await alice.press(result, "2"), "blocked you");
    alice.react(result, "2️⃣");
    await alice.mention("a dog", { room: world.square, picture: photo });
    await world.until(
      () => world.messages(world.square).some(({ text }) => text.includes("blocked you")),
      "a refusal of the mention",
    );
    const [job, ...others] = await bot.store.jobs.list({});
    expect([job?.view.rank, others]).toEqual([1, []]);
    await says(await alice.command("help"), "forget");
    const asked = await alice.command("forget");
    await says(asked, "Delete 1 job");
    await says(await asked.press(/Delete it all/), "Deleted 1 job");
    await world.until(
      () => !world.messages(world.square).some(({ id }) => id === result.id),
      "a channel without the result",
    );
  });

  it("many mentions get a few answers", async () => {
    for (let index = 0; index < 20; index++) await alice.mention("hello", { room: world.square });
    const count = () => world.messages(world.square).length;
    await world.until(() => count() >= publicAnswers.ofMember, "a few answers");
    // The bot takes events in their order, so that this answer comes after all others.
    await says(await boss.command("admin queue"), "Lanes");
    expect(count()).toBe(publicAnswers.ofMember);
  });

  it("where the list of those who are blocked is damaged, nobody edits, and an admin is told and mends it", async () => {
    await bot.store.settings.set("", "blocked", { nobody: true });
    await says(await alice.command("queue"), "damaged");
    await alice.mention("a dog", { room: world.square, picture: photo });
    await world.until(
      () => world.messages(world.square).some(({ text }) => text.includes("damaged")),
      "a refusal",
    );
    expect(await bot.store.jobs.count({})).toBe(0);
    await says(await boss.command("admin queue"), "cannot be read");
    await says(await boss.command("admin reset", { setting: "blocked" }), "as it was at first");
    await says(await alice.edit({ prompt: "a tree", picture: photo }), "On it!");
    expect(bot.complaints.filter((text) => text.includes("settings-unreadable"))).toHaveLength(1);
  });
});
