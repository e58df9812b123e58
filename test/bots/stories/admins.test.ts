import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { flatPng } from "../painted.ts";
import { createDiscordWorld } from "./discord-world.ts";
import { createSlackWorld } from "./slack-world.ts";
import { endStory, type StoryBot, startStoryBot } from "./story-bot.ts";
import { createWebWorld } from "./web-world.ts";
import type { Answer, Person, World } from "./world.ts";

describe.each([
  ["Discord", () => createDiscordWorld()],
  ["Slack", () => createSlackWorld()],
  ["the page", createWebWorld],
])("the rules of admins on %s", (_, makeWorld) => {
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
  afterEach(() => endStory(world, bot));

  const says = (answer: Answer, text: string | RegExp) =>
    world
      .until(() => answer.text.match(text) !== null, "an answer")
      .catch(() => expect(answer.text).toMatch(text));
  const edit = (person = alice) => person.edit({ prompt: "a big tree", picture: photo });

  it("a member waits between two edits as long as is set, is told how long, and no longer once it is undone", async () => {
    await says(await boss.command("admin cooldown", { seconds: 90 }), "waits 2 minutes from one edit");
    await says(await edit(), "On it!");
    await says(await edit(), /One edit in 2 minutes is the rule here.* possible in/);
    expect(await bot.store.jobs.count({})).toBe(1);
    await bot.restart();
    await says(await edit(), "One edit in 2 minutes");
    bot.letPass(90_000);
    await says(await edit(), "On it!");
    await says(await boss.command("admin cooldown", { clear: true }), "Nobody here waits");
    await says(await edit(), "On it!");
    await says(await boss.command("admin audit"), /cooldown[\s\S]*seconds\s+90/);
  });

  it("edits are private where that is set and their member says nothing, and a mention's result comes in private too", async () => {
    bot.lane.auto = true;
    await says(await boss.command("admin private", { do: "on" }), "Edits here are private");
    await alice.mention("a big tree", { room: world.square, picture: photo });
    await world.until(() => alice.direct().some(({ text }) => text.includes("result 1 of 3")), "a result");
    expect(world.messages(world.square).filter(({ pictures }) => pictures.length > 0)).toEqual([]);
    expect((await bot.store.jobs.list({}))[0]?.isPrivate).toBe(true);
    await says(await boss.command("admin private", { do: "off" }), "for everybody to see");
    await edit();
    await world.until(
      () => world.messages(world.square).some(({ text }) => text.includes("result 1 of 3")),
      "a result for everybody",
    );
  });

  it("moderators have the commands that they were given, and nothing else of what admins may", async ({
    skip,
  }) => {
    const found = world.moderator("helpers");
    if (!found) return skip("there are no groups of people here");
    const { person: mod, group } = found;
    const asked = { do: "set", group, commands: "cancel, block unblock" };
    await says(await boss.command("admin moderators", asked), "cancel, block, unblock");
    const refused = "That is for admins";
    for (const [name, options] of [
      ["admin pause", {}],
      ["admin words", { do: "list" }],
      ["admin reset", { setting: "blocked" }],
      ["admin moderators", { do: "set", group, commands: "words" }],
    ] as const)
      await says(await mod.command(name, options), refused);
    // No operator: the block holds here alone.
    await says(await mod.command("admin block", { member: alice.id }), "no more edits here");
    await says(await edit(), "blocked you");
    await says(await mod.command("admin unblock", { member: alice.id }), "can ask for edits here again");
    await edit();
    const waiting = await world.until(() => world.messages(world.square).at(-1), "a job");
    await mod.press(waiting, "Cancel");
    await world.until(() => world.messages(world.square).at(-1)?.text.includes("Cancelled"), "an end");
    await says(await boss.command("admin audit"), /cancel[\s\S]*block/);
    await boss.command("admin moderators", { do: "remove", group });
  });

  it("a pack is for whom admins allow it; others are told what they may use, and paint with that by themselves", async ({
    skip,
  }) => {
    const found = world.moderator("painters");
    if (!found) return skip("there are no groups of people here");
    const { person: painter, group } = found;
    bot.lane.auto = true;
    const packs = (options: Record<string, string>) => boss.command("admin packs", options);
    const asks = (person: Person, pack?: string) =>
      person.edit({ prompt: "a big tree", picture: photo, ...(pack ? { choices: { pack } } : {}) });
    const latest = async () => (await bot.store.jobs.list({ limit: 1 }))[0]?.request.pack;
    await says(await packs({ do: "allow", pack: "nobodys", group }), "There are: mini, far.");
    await says(await packs({ do: "allow", pack: "far", group }), /mini\W*: everybody[\s\S]*far/);
    await says(await asks(alice, "far"), /may not use \W*far\W* here\. You may use: mini\./);
    expect(await bot.store.jobs.count({})).toBe(0);
    await says(await asks(painter, "far"), "On it!");
    expect(await latest()).toBe("far");
    await packs({ do: "allow", pack: "mini", group });
    await says(await asks(alice), /may not use \W*mini\W* here\. Ask an admin/);
    await packs({ do: "everybody", pack: "far" });
    await says(await asks(alice), "On it!");
    expect(await latest()).toBe("far");
  });

  it("a pack that admins keep to a group is kept to it in direct conversations too", async ({ skip }) => {
    const found = world.moderator("painters");
    if (!found) return skip("there are no groups of people here");
    const { person: painter, group } = found;
    bot.lane.auto = true;
    const heard = (person: Person, text: string | RegExp) =>
      world.until(
        () => person.direct().some((each) => each.text.match(text) !== null),
        `an answer with ${text}`,
      );
    await says(await boss.command("admin packs", { do: "allow", pack: "far", group }), /far\W*: /);
    for (const person of [alice, painter]) {
      await person.edit({ prompt: "a big tree", picture: photo, isPrivate: true });
      await heard(person, "result 1 of 3");
    }
    await alice.tell("make it blue --pack far");
    await heard(alice, /may not use \W*far\W* here\. You may use: mini\./);
    expect(await bot.store.jobs.count({})).toBe(2);
    await painter.tell("make it blue --pack far");
    await heard(painter, /make it blue[\s\S]*result 1 of 3/);
    expect((await bot.store.jobs.list({ limit: 1 }))[0]?.request.pack).toBe("far");
  });

  it("what moderators cannot have is refused where it was typed", async ({ skip }) => {
    const group = world.moderator("helpers")?.group;
    if (!group) return skip("there are no groups of people here");
    const answer = await boss.command("admin moderators", { do: "set", group, commands: "cancel reset" });
    await says(answer, /cannot have \W*reset\W*\. These can be given: queue, cancel/);
    await says(await boss.command("admin moderators", { do: "list" }), "There are no moderators");
  });

  const logged = (text: string | RegExp) =>
    world.until(
      () => world.messages(world.square).find((each) => each.text.match(text) !== null),
      `an entry with ${text}, after ${JSON.stringify(world.messages(world.square).map((each) => each.text))}`,
    );
  const log = (options: Record<string, string>) => boss.command("admin log", options);

  it("a log channel tells of edits that begin, end and are refused and of what admins do, nothing of private ones, and forgets who asks for that", async () => {
    await says(await log({ do: "set", channel: world.square.id }), "are told in");
    await logged("set this channel as my log");
    await logged(/🛠️[\s\S]*log/);
    await edit();
    const entry = await logged(/🖌️[\s\S]*a big tree/);
    expect(entry.text).not.toContain("✅");
    await bot.restart();
    await bot.lane.finish();
    const ended = await logged(/🖌️[\s\S]*a big tree[\s\S]*✅ Done in/);
    expect([ended.id, ended.pictures, ended.pings]).toEqual([entry.id, [], []]);
    bot.lane.auto = true;
    await alice.edit({ prompt: "a secret garden", picture: photo, isPrivate: true });
    await logged(/🖌️[\s\S]*a private edit[\s\S]*✅ Done in/);
    await boss.command("admin words", { do: "add", word: "gun" });
    await logged(/🛠️[\s\S]*words[\s\S]*gun/);
    await alice.edit({ prompt: "a gun in secret", picture: photo, isPrivate: true });
    await alice.edit({ prompt: "a gun", picture: photo });
    const refused = await logged(/2 edits of[\s\S]*refused[\s\S]*words that are refused/);
    const all = world.messages(world.square).flatMap(({ history }) => history);
    expect(all.filter((text) => text.includes("secret"))).toEqual([]);
    await (await alice.command("forget")).press(/Delete it all/);
    const gone = () => world.messages(world.square).filter(({ text }) => /🖌️|⛔/.test(text)).length === 0;
    await bot.restart();
    await world.until(gone, "a log without her");
    expect(refused.text).not.toContain("secret");
    await says(await log({ do: "off" }), "in no channel");
    await edit();
    await bot.settled();
    expect(gone()).toBe(true);
  });

  it("a log channel that cannot be written to is refused; one that is lost later is told once to an admin, and all else goes on", async ({
    skip,
  }) => {
    const { closed } = world;
    if (!closed) return skip("there is no such place here");
    await says(await log({ do: "set", channel: closed.id }), /I cannot work here|I am not in this channel/);
    await says(await log({ do: "show" }), "in no channel");
    await log({ do: "set", channel: world.square.id });
    await logged("set this channel as my log");
    bot.lane.auto = true;
    await edit();
    await logged("✅ Done in");
    await says(await boss.command("admin private", { do: "on" }), "Edits here are private");
    await bot.settled();
    world.loseSquare("put out");
    await alice.edit({ prompt: "a big tree", picture: photo, isPrivate: true });
    await world.until(() => alice.direct().some(({ text }) => text.includes("result 1 of 3")), "a result");
    const told = () => boss.direct().filter(({ text }) => text.includes("cannot write to my log channel"));
    await world.until(() => told().length === 1, "an admin who was told");
    await alice.edit({ prompt: "a red car", picture: photo, isPrivate: true });
    await world.until(
      () => alice.direct().some(({ text }) => /a red car[\s\S]*result 1 of 3/.test(text)),
      "a result",
    );
    await bot.settled();
    expect(told()).toHaveLength(1);
  });
});
