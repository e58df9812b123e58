import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { EditRequest } from "../../../src/types.ts";
import { flatPng } from "../painted.ts";
import { saidIn, shownIn } from "./look.ts";
import { endStory, type StoryBot, startStoryBot } from "./story-bot.ts";
import type { Answer, EditOrder, Person, Seen, World } from "./world.ts";

/** Options of an edit: what is chosen, how a mention says it, and what of the request it becomes. */
const chosenOptions = [
  { choices: { strength: "touch" }, words: "--strength a touch", request: { settings: { strength: 0.5 } } },
  {
    choices: { where: "10%,20%,50%,40%" },
    words: "--where 10,20,50,40",
    request: { settings: { where: { left: 10, top: 20, width: 50, height: 40 } } },
  },
  {
    choices: { results: 2 },
    words: "--results 2",
    request: { settings: { anchors: 2, budget: 3.5 } },
  },
  {
    choices: { style: "ink" },
    words: "--style ink",
    request: { pack: "mini+ink" },
  },
  {
    choices: { negative: "people, text" },
    words: "--no people, text",
    request: { negative: "people, text" },
  },
] as const;
const choices = Object.assign({}, ...chosenOptions.map((each) => each.choices));
const optionWords = chosenOptions.map(({ words }) => words).join(" ");

/** A request has what each option makes of it. */
function expectChosen(request: EditRequest | undefined): void {
  for (const { request: made } of chosenOptions) expect(request).toMatchObject(made);
}

/** What is none of an option's values, and what is said of it. */
const refusedWords: readonly (readonly [words: string, said: string | RegExp])[] = [
  ["--sead 7", "--seed"],
  ["--seed seven", "whole number"],
  ["--where over there", /I know no place\W*over/],
  ["--where 60,0,50,50", "outside the picture"],
  ["--strength much", /touch, some, all/],
  ["--pack nobodys", /mini, far/],
  ["--pack far --style ink", /does not go with\W*far/],
  ["--pack far --method diffedit", /There are:\W*regions/],
  ["--pack far --strength some", /choose the\W*strength\W*myself/],
  ["--strength", /Say one of these behind \W*--strength\W*, or leave it out: touch, some, all/],
  ["--where --seed 7", /left, right, top, bottom, middle/],
  ["--results 9", "whole number from 1 to 8"],
  ["--no undressed women --seed 7", /undress/i],
  [`--no ${"people, ".repeat(50)}--seed 7`, /negative\W* is too long: at most 300 characters/],
  [`--source ${"cat ".repeat(40)}`, /source\W* is too long/],
];

/** The stories of what a member says of an edit besides its words; every platform passes all of them. */
export function describeOptionStories(platform: string, makeWorld: () => Promise<World>): void {
  describe(`what a member says of an edit besides its words, on ${platform}`, () => {
    let world: World;
    let bot: StoryBot;
    let alice: Person;
    let photo: Uint8Array;

    beforeEach(async () => {
      photo = await flatPng(120);
      world = await makeWorld();
      bot = await startStoryBot(world);
      alice = world.person("alice");
    });
    afterEach(() => endStory(world, bot));

    const shows = (text: string | RegExp) => shownIn(world, text);
    const says = (answer: Answer, text: string | RegExp) => saidIn(world, answer, text);
    const result = async (order: Partial<EditOrder> = {}): Promise<Seen> => {
      bot.lane.auto = true;
      await alice.edit({ prompt: "a big tree", picture: photo, ...order });
      return shows("result 1 of 3");
    };
    const request = async () => (await bot.store.jobs.list({ limit: 1 }))[0]?.request;
    const done = (count: number) =>
      world.until(
        async () => (await bot.store.jobs.count({ states: ["done"] })) === count,
        `${count} edits that are done`,
      );

    it("is chosen with the command, and what goes on from the result keeps it", async () => {
      const seen = await result({ choices });
      expectChosen(await request());
      await alice.press(seen, "Reroll");
      await done(2);
      expectChosen(await request());
      await alice.pressAndSay(seen, "Edit again", "a red car");
      await done(3);
      expect((await request())?.prompt).toBe("a red car");
      expectChosen(await request());
    });

    it("is chosen in the form, and in the words of a mention", async () => {
      const seen = await result();
      for (const each of chosenOptions) expect(await request()).not.toMatchObject(each.request);
      await alice.pressAndSay(seen, "Edit again", "a red car", choices);
      await done(2);
      expectChosen(await request());
      await alice.mention(`a big gift ${optionWords}`, { room: world.square, picture: photo });
      await done(3);
      expect((await request())?.prompt).toBe("a big gift");
      expectChosen(await request());
    });

    it("is what is set for the member, the channel or everybody, where nothing is chosen", async () => {
      const boss = world.person("boss", { isAdmin: true });
      await says(await boss.command("settings", { for: "workspace", strength: "touch" }), "--strength touch");
      await says(
        await boss.command("settings", { for: "channel", strength: "some", results: 2 }),
        "--results 2",
      );
      await says(await alice.command("settings", { negative: "people" }), "--no people");
      await says(await alice.command("settings", { for: "channel", strength: "all" }), /admin/);
      await says(await alice.command("settings", { negative: "an undressed woman" }), /undress/i);
      await result();
      const set = { negative: "people", settings: { strength: 0.75, anchors: 2 } };
      expect(await request()).toMatchObject(set);
      await alice.mention("a big gift --strength all", { room: world.square, picture: photo });
      await done(2);
      expect(await request()).toMatchObject({ ...set, settings: { strength: 1, anchors: 2 } });
      await says(await boss.command("settings", { for: "channel", clear: true }), "This channel: nothing");
      await alice.mention("a red car", { room: world.square, picture: photo });
      await done(3);
      expect(await request()).toMatchObject({
        negative: "people",
        settings: { strength: 0.5, anchors: 8 },
      });
    });

    it("is set for oneself in a form too, which says what is wrong in it and takes what was mended", async () => {
      const shown = await alice.command("settings", { strength: "touch" });
      const set = await shown.fill("Change my defaults", { negative: "people", style: "ink" });
      await says(set, "--no people --strength touch --style ink");
      const wrong = { where: "over there" };
      await says(await set.fill("Change my defaults", wrong), /I know no place\W*over/);
      const mended = await set.fill("Change my defaults", wrong, { where: "left", negative: "" });
      await says(mended, /You: \W*--strength touch --where left --style ink/);
      await says(await set.fill("Change my defaults", { negative: "an undressed woman" }), /undress/i);
      await alice.mention("a big gift", { room: world.square, picture: photo });
      bot.lane.auto = true;
      await done(1);
      expect(await request()).toMatchObject({
        ...{ pack: "mini+ink", negative: "" },
        settings: { strength: 0.5, where: { left: 0, top: 0, width: 50, height: 100 } },
      });
    });

    it("has limits of its own for a pack", async () => {
      const boss = world.person("boss", { isAdmin: true });
      const set = await boss.command("admin limits", { pack: "far", per_day: 1 });
      await says(set, /far\W+– waiting or running, 1 in 24 hours/);
      await says(await boss.command("admin limits", { pack: "nobodys", per_day: 1 }), /mini, far/);
      await result({ choices: { pack: "far" } });
      const second = await alice.edit({ prompt: "a red car", picture: photo, choices: { pack: "far" } });
      await says(second, /used your edits with\W*far/);
      await alice.mention("a red car --style ink", { room: world.square, picture: photo });
      await done(2);
      expect((await request())?.pack).toBe("mini+ink");
    });

    it("is what paints, where it is another pack", async () => {
      await result({ choices: { pack: "far" } });
      expect((await request())?.pack).toBe("far");
      await alice.mention("a big gift", { room: world.square, picture: photo });
      await done(2);
      expect((await request())?.pack).toBe("mini");
    });

    it("is refused where it was typed, and nothing is spent, where it means nothing", async () => {
      for (const [words, said] of refusedWords) {
        await says(await alice.edit({ prompt: `a big tree ${words}`, picture: photo }), said);
      }
      await alice.mention("a big tree --where 60,0,50,50", { room: world.square, picture: photo });
      await shows("outside the picture");
      expect(await bot.store.jobs.count({})).toBe(0);
    });
  });
}
