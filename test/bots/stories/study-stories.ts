import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeStudySet } from "../study/make-study-set.ts";
import { endStory, type StoryBot, startStoryBot } from "./story-bot.ts";
import type { Answer, Person, Seen, World } from "./world.ts";

/** What people and admins would tell of studies; every platform passes all of them. */
export function describeStudyStories(platform: string, makeWorld: () => Promise<World>): void {
  describe(`studies on ${platform}`, () => {
    let world: World;
    let bot: StoryBot;
    let boss: Person;

    beforeEach(async () => {
      world = await makeWorld();
      bot = await startStoryBot(world);
      await makeStudySet(join(bot.studySets, "small"));
      boss = world.person("boss", { isAdmin: true });
    });
    afterEach(() => endStory(world, bot));

    const says = (answer: Answer, text: string | RegExp) =>
      world.until(
        () => (typeof text === "string" ? answer.text.includes(text) : text.test(answer.text)),
        `an answer with ${text}`,
      );
    /** Slack has emojis within labels. */
    const withoutEmoji = (label: string) => label.replace(/^\W+/, "");
    const board = (text: string): Promise<Seen> =>
      world.until(() => {
        const { square } = world;
        return world.messages(square).find((each) => each.text.includes(text));
      }, `a message with ${text}`);
    const begin = async () => {
      await says(await boss.command("study start", { set: "small" }), "2 methods, 3 pictures");
      return board("Which edit is better?");
    };

    it("each voter sees pairs alone, one in place of the other, up to their last one", async () => {
      const alice = world.person("alice");
      const answer = await alice.press(await begin(), /Vote/);
      expect(answer.acknowledgedAfter).toBeLessThan(3000);
      for (const [index, choice] of ["Left", "Tie", "Right", "Left"].entries()) {
        await says(answer, `Pair ${index + 1} of 4`);
        expect(answer.pictures).toBeGreaterThan(0);
        expect(answer.buttons.map(withoutEmoji)).toEqual(["Left", "Tie", "Right"]);
        await answer.press(new RegExp(choice));
      }
      await says(answer, "Thank you!");
      expect(answer.pictures).toBe(0);
      expect(world.messages(world.square)).toHaveLength(1);
      expect(world.messages(world.square)[0]?.text).not.toMatch(/secret wish|ours|theirs/);
      const [study] = await bot.store.studies.list({});
      expect((await bot.store.studies.votes(study?.id ?? "")).map(({ choice }) => choice)).toEqual([
        "left",
        "tie",
        "right",
        "left",
      ]);
    });

    it("goes on after a restart, and its message tells how it stands", async () => {
      const alice = world.person("alice");
      await begin();
      const answer = await alice.press(await board("Which edit"), /Vote/);
      await says(answer, "Pair 1 of 4");
      await bot.restart();
      const again = await alice.press(await board("Which edit"), /Vote/);
      await says(again, "Pair 1 of 4");
      await again.press(/Right/);
      await says(again, "Pair 2 of 4");
      await says(await boss.command("study pause"), "takes no votes for now");
      const paused = await board("Paused");
      expect(paused.text).toContain("1 person has voted");
      expect(paused.buttons).toEqual([]);
      await says(await boss.command("study resume"), "takes votes again");
      expect((await board("to begin, or to go on")).buttons.map(withoutEmoji)).toEqual(["Vote"]);
      await boss.command("study stop");
      await board("This study is over");
      await says(await boss.command("study results"), "1 person");
    });

    it("what cannot be done is said in words that help, to whoever asks", async () => {
      const dora = world.person("dora", { locale: "de" });
      await says(
        await boss.command("study start", { set: "large" }),
        /There is no set \W?large\W+Sets: \W?small/,
      );
      await says(await boss.command("study results"), "There is no such study here");
      const message = await begin();
      await says(await boss.command("study start", { set: "small" }), /has a study already, of \W?small/);
      await says(await dora.press(message, /Vote/), "Paar 1 von 4");
    });

    it("admins have all votes as a file, which names no person and no prompt", async () => {
      const alice = world.person("alice");
      const answer = await alice.press(await begin(), /Vote/);
      await says(await boss.command("study export"), "nothing to export");
      await says(answer, "Pair 1 of 4");
      await answer.press(/Tie/);
      await says(answer, "Pair 2 of 4");
      const exported = await boss.command("study export");
      await says(exported, "1 answer in the study of");
      const file = await world.until(
        () => exported.file ?? boss.direct().flatMap(({ pictures }) => pictures.map(({ bytes }) => bytes))[0],
        "a file",
      );
      const [head, line = "", ...rest] = Buffer.from(file).toString("utf8").split("\r\n");
      expect(head).toBe("vote,voter,attention,picture,left,right,garbled,choice,preferred,shown_at,voted_at");
      expect(line).toMatch(
        /^1,1,(failed|unchecked),picture \d,(ours|theirs),(ours|theirs),(left|right|),tie,(tie|),20.+Z,20.+Z$/,
      );
      expect(rest).toEqual([""]);
    });

    it("/forget takes somebody's votes along", async () => {
      const alice = world.person("alice");
      const answer = await alice.press(await begin(), /Vote/);
      await says(answer, "Pair 1 of 4");
      await answer.press(/Left/);
      await says(answer, "Pair 2 of 4");
      const asked = await alice.command("forget");
      await says(asked, "Delete 1 vote of yours in studies?");
      await says(await asked.press(/Delete it all/), "Deleted 1 vote of yours in studies.");
      expect(await bot.store.studies.countVotes({ platform: "any", user: alice.id })).toBe(0);
      await says(await boss.command("study results"), "0 people, 0 votes");
    });
  });
}
