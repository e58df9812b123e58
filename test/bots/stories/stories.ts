import { writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EditError } from "../../../src/errors.ts";
import { flatPng, noisyPng, paintResults } from "../painted.ts";
import { saidIn, shownIn } from "./look.ts";
import { endStory, type StoryBot, startStoryBot } from "./story-bot.ts";
import type { Answer, Person, Room, Seen, World } from "./world.ts";

const generatedXmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:e="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" e:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/></rdf:RDF></x:xmpmeta>`;

/** The stories that a member or an admin would tell of this bot; every platform passes all of them. */
export function describeStories(
  platform: string,
  makeWorld: () => Promise<World>,
  { tellsParents = true }: { readonly tellsParents?: boolean } = {},
): void {
  describe(`on ${platform}`, () => {
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

    const last = (room: Room = world.square) => world.messages(room).at(-1);
    const shows = (text: string | RegExp, room?: Room) => shownIn(world, text, room);
    const result = async (order: Partial<Parameters<Person["edit"]>[0]> = {}): Promise<Seen> => {
      bot.lane.auto = true;
      await alice.edit({ prompt: "a big tree", picture: photo, ...order });
      await shows("result 1 of 3", order.room);
      return world.until(
        () => (last(order.room)?.reactions.size === 4 ? last(order.room) : null),
        "reactions",
      );
    };
    const says = (answer: Answer, text: string | RegExp) => saidIn(world, answer, text);
    const grey = async (message: Seen | undefined) => {
      const bytes = message?.pictures[0]?.bytes;
      if (!bytes) return -1;
      const { channels } = await sharp(bytes).stats();
      return Math.round(channels[0]?.mean ?? -1);
    };
    const answerBecomes = (answer: Answer, value: number) =>
      world.until(async () => {
        const { picture } = answer;
        return (
          picture !== null && Math.round((await sharp(picture).stats()).channels[0]?.mean ?? -1) === value
        );
      }, `an answer of grey ${value}`);
    const becomes = (value: number, room?: Room) =>
      world.until(async () => (await grey(last(room))) === value, `a picture of grey ${value}`);

    it("an edit is acknowledged in time, and one message carries it from its place in line to its result", async () => {
      const answer = await alice.edit({ prompt: "“a big tree with many flowers”", picture: photo });
      expect(answer.acknowledgedAfter).toBeLessThan(3000);
      await world.until(() => /^On it!/.test(answer.text), `an answer, got ${answer.text}`);
      const first = await shows("a big tree with many flowers");
      await bot.lane.finish();
      const seen = await shows("result 1 of 3");
      expect(seen.id).toBe(first.id);
      expect(world.messages(world.square)).toHaveLength(1);
      expect(seen.pictures).toHaveLength(1);
      expect(await grey(seen)).toBe(40);
      expect(seen.pictures[0]?.alt).toMatch(
        /a big tree with many flowers, painted in an area of \d+ by \d+ pixels at the top left/,
      );
      expect(seen.text).toContain("in place of: ");
      expect(seen.text).toContain("· AI-edited");
      expect(seen.buttons).toEqual([
        "1",
        "2",
        "3",
        "Larger area",
        "Smaller area",
        "Show box",
        "All at once",
        "Before and after",
        "Reroll",
        "Edit again",
        "Upscale",
        "Delete",
      ]);
      await world.until(() => last()?.reactions.size === 4, "the bot's reactions");
      expect([...(last()?.reactions.keys() ?? [])]).toEqual(["1️⃣", "2️⃣", "3️⃣", "🔲"]);
    });

    it("the first result is shown once while the others are painted, and gives way to all of them", async () => {
      await alice.edit({ prompt: "a big tree", picture: photo });
      const first = await shows("a big tree");
      await bot.lane.showFirst(200);
      await becomes(200);
      const seen = await shows("The others are still being painted");
      expect(seen.text).toContain("(AI-edited)");
      expect(seen.id).toBe(first.id);
      expect(seen.pictures.map(({ alt }) => alt)).toEqual([
        "First edited picture: a big tree. Others are still being painted.",
      ]);
      expect(seen.buttons).toEqual(["Cancel"]);
      const edits = last()?.times.length;
      bot.lane.tell(120);
      bot.letPass(10_000);
      await bot.settled();
      expect(await grey(last())).toBe(200);
      expect(last()?.times.length).toBe(edits);
      await bot.lane.finish();
      expect((await shows("result 1 of 3")).id).toBe(first.id);
      expect(await grey(last())).toBe(40);
      expect(world.messages(world.square)).toHaveLength(1);
    });

    it("drafts are shown small below how far the job is, in one edit of five seconds at most", async () => {
      const looksLike = (value: number) =>
        world.until(async () => Math.abs((await grey(last())) - value) <= 3, `a picture of about ${value}`);
      await alice.edit({ prompt: "a big tree", picture: photo });
      const first = await shows("waking up the models");
      await bot.lane.showDraft(90);
      bot.letPass(5000);
      bot.lane.tell(30);
      await looksLike(90);
      const seen = await shows("A draft of how it may look");
      expect(seen.id).toBe(first.id);
      expect(seen.text).toContain("painting the results");
      expect(seen.text).toContain("(AI-edited)");
      expect(seen.buttons).toEqual(["Cancel"]);
      const edits = last()?.times.length;
      await bot.lane.showDraft(140);
      bot.letPass(3000);
      bot.lane.tell(40);
      await bot.settled();
      expect(last()?.times.length).toBe(edits);
      bot.letPass(2000);
      bot.lane.tell(41);
      await looksLike(140);
      await bot.lane.showFirst(200);
      await becomes(200);
      expect(last()?.text).not.toContain("A draft");
      await bot.lane.finish();
      await shows("result 1 of 3");
      expect(await grey(last())).toBe(40);
      expect(world.messages(world.square)).toHaveLength(1);
    });

    it("an unsafe draft is hidden behind a click, or not shown", async () => {
      await alice.edit({ prompt: "a big tree", picture: photo });
      await shows("waking up the models");
      await bot.lane.showDraft(90, { isUnsafe: true });
      bot.letPass(5000);
      bot.lane.tell(30);
      await shows("painting the results");
      await bot.settled();
      expect(last()?.pictures.filter(({ isSpoiler }) => !isSpoiler)).toEqual([]);
      await bot.lane.finish();
      await shows("result 1 of 3");
    });

    it.each(["no right", "refused uploads", "no edits"] as const)(
      "where a draft meets %s its message goes on to say how far the job is",
      async (trouble) => {
        await alice.edit({ prompt: "a big tree", picture: photo });
        await shows("waking up the models");
        if (!world.troublePictures(trouble, 1)) return;
        await bot.lane.showDraft(90);
        bot.letPass(5000);
        bot.lane.tell(30);
        expect((await shows("painting the results")).pictures).toEqual([]);
        await bot.lane.finish();
        await shows(/result 1 of 3|The result is ready/);
        await bot.settled();
      },
    );

    it("a first result that is cancelled goes from its message", async () => {
      await alice.edit({ prompt: "a big tree", picture: photo });
      await bot.lane.showFirst(200);
      await becomes(200);
      await alice.press(last() as Seen, "Cancel");
      await shows("Cancelled");
      expect(last()?.pictures).toEqual([]);
      expect(world.messages(world.square)).toHaveLength(1);
    });

    it("after a crash a first result gives way to how far the job is when it is painted anew, once", async () => {
      await alice.edit({ prompt: "a big tree", picture: photo });
      await bot.lane.showFirst(200);
      await becomes(200);
      await bot.restart();
      await shows(/waking up the models/);
      expect(last()?.pictures).toEqual([]);
      await bot.lane.showFirst(220);
      await becomes(220);
      await bot.lane.finish();
      await shows("result 1 of 3");
      expect(await grey(last())).toBe(40);
      expect(world.messages(world.square)).toHaveLength(1);
    });

    it("an unsafe first result is hidden behind a click, or not shown", async () => {
      await alice.edit({ prompt: "a big tree", picture: photo });
      await shows("waking up the models");
      await bot.lane.showFirst(200, { unsafe: 0.9, isUnsafe: true });
      await shows(/The others are still being painted|painting the results/);
      await bot.settled();
      expect(last()?.pictures.filter(({ isSpoiler }) => !isSpoiler)).toEqual([]);
      await bot.lane.finish();
      await shows("result 1 of 3");
    });

    it.each(["no right", "refused uploads"] as const)(
      "where a first result meets %s its message goes on to say how far the job is",
      async (trouble) => {
        await alice.edit({ prompt: "a big tree", picture: photo });
        await shows("waking up the models");
        if (!world.troublePictures(trouble, 1)) return;
        await bot.lane.showFirst(200);
        expect((await shows("painting the results")).pictures).toEqual([]);
        await bot.lane.finish();
        await shows(/result 1 of 3|The result is ready/);
        await bot.settled();
      },
    );

    it("buttons bring the other results, the box, and all at once", async () => {
      const seen = await result();
      const pressed = await alice.press(seen, "2");
      expect(pressed.acknowledgedAfter).toBeLessThan(3000);
      await becomes(100);
      expect(last()?.text).not.toContain("Made with");
      await alice.press(last() as Seen, "Show box");
      await becomes(101);
      expect(last()?.text).toMatch(/Made with\W+mini\W+\d+ steps?, seed\W+\d+/);
      expect(last()?.text).toMatch(/Changed is \d+% of the picture/);
      await alice.press(last() as Seen, "All at once");
      const gallery = await shows("All 3 results");
      // Below the number in its corner each is of its own grey.
      const below = { left: 64, top: 64, width: 64, height: 64 };
      const greys = gallery.pictures.map(async ({ bytes }) => {
        const { data } = await sharp(bytes).extract(below).raw().toBuffer({ resolveWithObject: true });
        return Math.round((data[0] ?? 0) / 10) * 10;
      });
      expect(await Promise.all(greys)).toEqual([40, 100, 160]);
      const dark = gallery.pictures.map(async ({ bytes }) => {
        const corner = await sharp(bytes).extract({ left: 5, top: 5, width: 8, height: 8 }).stats();
        return corner.channels[0]?.min ?? 255;
      });
      for (const value of await Promise.all(dark)) expect(value).toBeLessThan(35);
      await says(await alice.press(gallery, "3"), "Result 3 is shown in the result's own message now.");
      await world.until(
        () =>
          world.messages(world.square).find(({ id, pictures }) => id === seen.id && pictures.length === 1),
        "the result's message",
      );
    });

    it("before and after are shown to whoever asks, and nobody else's message turns", async () => {
      const seen = await result();
      const edits = seen.times.length;
      const answer = await world.person("bob").press(seen, "Before and after");
      await says(answer, /a big tree[\s\S]*before, then after/);
      expect(answer.pictures).toBe(2);
      // What was sent first; the result is of another grey.
      const { channels } = await sharp(answer.picture ?? new Uint8Array()).stats();
      expect(Math.abs((channels[0]?.mean ?? 0) - 120)).toBeLessThan(5);
      await bot.settled();
      expect(last()?.times.length).toBe(edits);
      expect(world.messages(world.square)).toHaveLength(1);
    });

    it("a server makes a result larger, for whoever presses the button", async () => {
      const seen = await result();
      const answer = await world.person("bob").press(seen, "Upscale");
      await says(answer, "Made larger, 256×256");
      expect(answer.pictures).toBe(1);
      const { width, format } = await sharp(answer.picture ?? new Uint8Array()).metadata();
      expect([width, format]).toEqual([256, "jpeg"]);
      expect(world.messages(world.square)).toHaveLength(1);
    });

    it("reactions bring the other results; the latest counts, and without any the best is back", async () => {
      const bob = world.person("bob");
      const seen = await result();
      bob.react(seen, "2️⃣");
      await becomes(100);
      alice.react(seen, "3️⃣");
      await becomes(160);
      alice.unreact(seen, "3️⃣");
      await becomes(100);
      bob.react(seen, "🔲");
      await becomes(101);
      bob.unreact(seen, "🔲");
      bob.unreact(seen, "2️⃣");
      await becomes(40);
    });

    it("where an admin says so, other results come beside the message that others look at, each once", async () => {
      const admin = world.person("ada", { isAdmin: true });
      await says(await admin.command("admin variations", { do: "on" }), "nobody turns a picture");
      const seen = await result();
      await alice.press(seen, "2");
      const second = await shows("Result 2 of 3");
      expect(await grey(second)).toBe(100);
      expect(second.text).not.toContain("can no longer be changed");
      world.person("bob").react(seen, "3️⃣");
      expect(await grey(await shows("Result 3 of 3"))).toBe(160);
      await says(await alice.press(seen, "2"), "Result 2 stands in a message of its own already");
      await bot.settled();
      const messages = world.messages(world.square);
      expect(messages).toHaveLength(3);
      expect(await grey(messages.find(({ id }) => id === seen.id))).toBe(40);
      await alice.pressAndSay(second, "Edit again", "a red car");
      await shows(/a red car[\s\S]*result 1 of 3/);
      expect((await bot.store.jobs.list({ limit: 1 }))[0]?.lineage?.kind).toBe("again");
    });

    it("a private result is shown to everybody by its owner, and taken back", async () => {
      bot.lane.auto = true;
      await alice.edit({ prompt: "a secret", picture: photo, isPrivate: true });
      const direct = await world.until(
        () => alice.direct().findLast(({ text }) => text.includes("result 1 of 3")),
        "a result in private",
      );
      await says(await alice.press(direct, "Show to everybody"), "for everybody to see");
      const shared = await shows("Shared by who asked for it");
      expect(await grey(shared)).toBe(40);
      expect(shared.buttons).toEqual(["Take back"]);
      await says(await alice.press(direct, "Show to everybody"), "already");
      await says(await world.person("bob").press(shared, "Take back"), "Only the person who asked");
      await alice.press(shared, "Take back");
      await world.until(() => world.messages(world.square).length === 0, "it taken back");
      expect(await bot.store.jobs.count({})).toBe(1);
      await alice.press(direct, "Show to everybody");
      await shows("Shared by who asked for it");
      await (await alice.command("forget")).press("Delete it all");
      await world.until(() => world.messages(world.square).length === 0, "it forgotten");
    });

    it("reactions and buttons of old messages work after a restart", async () => {
      const seen = await result();
      await bot.restart();
      alice.react(seen, "3️⃣");
      await becomes(160);
      await alice.press(last() as Seen, "2");
      await becomes(100);
    });

    it("where a message can be edited no longer, another result comes as a reply", async ({ skip }) => {
      const seen = await result();
      if (!world.age()) return skip("there is no such trouble here");
      await alice.press(seen, "3");
      const reply = await shows("Result 3 of 3");
      expect(reply.replyTo).toBe(seen.id);
      expect(await grey(reply)).toBe(160);
    });

    it("an edit goes on: larger, rerolled, edited again", async () => {
      const seen = await result();
      await alice.press(seen, "Larger area");
      const larger = await shows("in the chosen area");
      expect(larger.replyTo).toBe(seen.id);
      await alice.press(seen, "Reroll");
      await world.until(
        () => world.messages(world.square).filter(({ text }) => text.includes("result 1 of 3")).length === 2,
        "a rerolled result",
      );
      await alice.pressAndSay(seen, "Edit again", "a red car");
      await shows(/a red car[\s\S]*result 1 of 3/);
    });

    it("a mention with a picture edits it, and a mention in reply to a result goes on from that", async () => {
      bot.lane.auto = true;
      await alice.mention("a big tree", { room: world.square, picture: photo });
      const seen = await shows("result 1 of 3");
      expect(seen.text).toContain("a big tree");
      await alice.mention("a red car", { room: world.square, replyTo: seen });
      await shows(/a red car[\s\S]*result 1 of 3/);
      await alice.mention("a red car", { room: world.square });
      await shows("Attach a picture and say what to paint");
    });

    it("a member chooses the method; its one result says which it was, and what goes on from it keeps it", async () => {
      bot.lane.auto = true;
      await alice.edit({ prompt: "make it snowy", picture: photo, choices: { method: "masactrl" } });
      const seen = await shows(/make it snowy[\s\S]*the whole picture, edited with\W*masactrl/);
      expect(seen.text).not.toContain("result 1");
      expect(seen.buttons).toContain("Edit again");
      // Another seed, another size and other places have nothing else to show.
      for (const label of ["Reroll", "Larger area", "All at once", "2"])
        expect(seen.buttons).not.toContain(label);
      await alice.pressAndSay(seen, "Edit again", "make it night");
      await shows(/make it night[\s\S]*edited with\W*masactrl/);
      await alice.edit({ prompt: "a big tree", picture: photo });
      expect((await shows("result 1 of 3")).text).toContain("in place of");
    });

    it("a mention chooses the method by --method NAME, and a new seed keeps it", async () => {
      bot.lane.auto = true;
      await alice.mention("make it night --method diffedit", { room: world.square, picture: photo });
      const seen = await shows(/edited with\W*diffedit/);
      expect(seen.text).toContain("make it night");
      expect(seen.text).not.toContain("--method");
      await alice.press(seen, "Reroll");
      await world.until(
        () =>
          world.messages(world.square).filter(({ text }) => /edited with\W*diffedit/.test(text)).length === 2,
        "a second result",
      );
    });

    it("a method that is not offered is refused, and those that are are named", async () => {
      await alice.mention("make it night --method null-text", { room: world.square, picture: photo });
      await shows("regions, diffedit, masactrl");
      expect(await bot.store.jobs.count({ states: ["waiting", "running"] })).toBe(0);
    });

    it("a reply that does not name the bot paints nothing by itself", async () => {
      const seen = await result();
      await alice.reply(seen, "thanks, looks great!");
      await alice.mention("a red car", { room: world.square, picture: photo });
      await shows(/a red car[\s\S]*result 1 of 3/);
      expect(await bot.store.jobs.count({})).toBe(2);
    });

    it("a reply that does not name the bot is offered a button, for its author alone", async () => {
      bot.lane.auto = true;
      await alice.edit({ prompt: "a secret", picture: photo, isPrivate: true });
      const direct = (text: string) =>
        world.until(() => alice.direct().findLast((each) => each.text.includes(text)), text);
      await alice.reply(await direct("result 1 of 3"), "a red car");
      const offer = await direct("Shall I edit this picture again");
      expect(await bot.store.jobs.count({})).toBe(1);
      await alice.press(offer, "Yes, edit it");
      await world.until(
        () => alice.direct().some(({ text }) => /a red car[\s\S]*result 1 of 3/.test(text)),
        "a second result",
      );
      await world.until(() => !alice.direct().some(({ id }) => id === offer.id), "the offer taken away");
      expect((await bot.store.jobs.list({ limit: 1 }))[0]?.lineage?.kind).toBe("again");
    });

    it("who sends a picture alone is asked, and their next words paint it", async () => {
      bot.lane.auto = true;
      await alice.mention("", { room: world.square, picture: photo });
      await shows("what shall I paint?");
      await world.person("bob").mention("a red car", { room: world.square });
      await shows("Attach a picture and say what to paint");
      await alice.mention("a big tree", { room: world.square });
      await shows(/a big tree[\s\S]*result 1 of 3/);
    });

    it("\"edit that\" goes on from the last picture there, the bot's own or anybody's", async () => {
      const seen = await result();
      await alice.press(seen, "2");
      await becomes(100);
      const bob = world.person("bob");
      await bob.mention("edit that: a red car", { room: world.square });
      await shows(/a red car[\s\S]*result 1 of 3/);
      const [fromResult] = await bot.store.jobs.list({ limit: 1 });
      expect(fromResult?.request.prompt).toBe("a red car");
      expect(fromResult?.lineage?.kind).toBe("again");
      if (!world.showsOthersPictures) return;
      await bob.share(photo, world.square);
      await alice.mention("a gift --last", { room: world.square });
      await shows(/a gift[\s\S]*result 1 of 3/);
      expect((await bot.store.jobs.list({ limit: 1 }))[0]?.lineage).toBeNull();
    });

    it("a picture is named by its address on the platform's own hosts, and by no other", async () => {
      bot.lane.auto = true;
      const shared = await world.person("bob").share(photo, world.square);
      const address = world.addressOf(shared);
      await alice.mention(`a big tree ${address}`, { room: world.square });
      const seen = await shows("result 1 of 3");
      expect(seen.text).toContain("a big tree");
      expect(seen.text).not.toContain("http");
      const elsewhere = "https://example.com/photo.png";
      const refusals = () =>
        world.messages(world.square).filter(({ text }) => text.includes("only from this chat itself"));
      for (const [index, url] of [
        elsewhere,
        "http://169.254.169.254/x.png",
        "http://127.0.0.1:1/x",
      ].entries()) {
        await alice.mention(`a car ${url}`, { room: world.square });
        await world.until(() => refusals().length === index + 1, `a refusal of ${url}`);
      }
      expect(await bot.store.jobs.count({})).toBe(1);
    });

    it("a command names its picture in place of attaching one, and is told where it names none of here", async () => {
      await result();
      const edit = (from: string) => alice.command("edit", { prompt: "a red car", from });
      await says(await edit("https://example.com/photo.png"), "only from this chat itself");
      await says(await edit("something"), "only from this chat itself");
      expect(await bot.store.jobs.count({})).toBe(1);
      await says(await edit("last"), /^On it!|\nOn it!/);
      await shows(/a red car[\s\S]*result 1 of 3/);
      expect((await bot.store.jobs.list({ limit: 1 }))[0]?.lineage?.kind).toBe("again");
    });

    it("an avatar is edited by whose it is, and by others once its owner allows it", async ({ skip }) => {
      const bob = world.person("bob");
      if (!world.setAvatar(bob, photo)) return skip("nobody has a picture of themselves here");
      bot.lane.auto = true;
      await bob.mention("a big hat --avatar", { room: world.square });
      await shows(/a big hat[\s\S]*result 1 of 3/);
      await alice.mention("a red car --avatar", { room: world.square, naming: bob });
      await shows("have not allowed others to edit their avatar");
      expect(await bot.store.jobs.count({})).toBe(1);
      await says(await bob.command("avatar", { do: "on" }), "Others may have your avatar edited");
      await alice.mention("a red car --avatar", { room: world.square, naming: bob });
      const seen = await shows(/a red car[\s\S]*result 1 of 3/);
      expect(seen.text).not.toContain("avatar");
      await alice.mention("a gift --avatar", { room: world.square });
      await shows("I see no picture there");
    });

    it("words alone go on from the last result between the two; a single one is asked about", async () => {
      bot.lane.auto = true;
      await alice.tell("make it blue");
      const direct = (text: string | RegExp) =>
        world.until(() => alice.direct().findLast((each) => each.text.match(text)), String(text));
      await direct("Attach a picture and say what to paint");
      await alice.edit({ prompt: "a secret", picture: photo, isPrivate: true });
      await direct("result 1 of 3");
      await alice.tell("make it blue");
      await direct(/make it blue[\s\S]*result 1 of 3/);
      expect((await bot.store.jobs.list({ limit: 1 }))[0]?.lineage?.kind).toBe("again");
      await alice.tell("thanks!");
      await direct("Shall I edit this picture again");
      expect(await bot.store.jobs.count({})).toBe(2);
    });

    it("of several pictures it is asked which one", async ({ skip }) => {
      if (world.hasSinglePictures) return skip("a message has one picture here");
      await alice.mention("a big tree", { room: world.square, picture: photo, others: [await flatPng(30)] });
      const question = await shows("Which of the 2 pictures?");
      expect(question.buttons).toEqual(["1", "2"]);
      expect(await bot.store.jobs.count({})).toBe(0);
      await says(await world.person("bob").press(question, "2"), "Only the person who asked");
      await alice.press(question, "2");
      await shows("waking up the models");
      const [job] = await bot.store.jobs.list({ limit: 1 });
      expect(job?.request.prompt).toBe("a big tree");
      const { channels } = await sharp(bot.sourceOf(job?.id ?? "")).stats();
      expect(Math.round(channels[0]?.mean ?? 0)).toBe(30);
      await world.until(() => !world.messages(world.square).some(({ id }) => id === question.id), "it gone");
    });

    it("works in threads", async () => {
      const thread = world.thread();
      bot.lane.auto = true;
      await alice.mention("a big tree", { room: thread, picture: photo });
      const seen = await shows("result 1 of 3", thread);
      alice.react(seen, "2️⃣");
      await becomes(100, thread);
    });

    it("the menu of anybody's message edits its picture", async () => {
      const bob = world.person("bob");
      const shared = await bob.share(photo, world.square);
      bot.lane.auto = true;
      await alice.editFromMenu(shared, "a big tree");
      await shows("result 1 of 3");
    });

    it("the menu of a message tells whoever asks which marks its picture carries, in their language", async () => {
      const dora = world.person("dora", { locale: "de" });
      const plain = await alice.checkMarks(await alice.share(photo, world.square));
      await says(plain, "nothing of how it came about");
      await says(plain, "That proves nothing");
      const generated = await sharp(photo).withXmp(generatedXmp).png().toBuffer();
      const marked = await alice.share(generated, world.square);
      await says(await alice.checkMarks(marked), "made by AI");
      await says(await dora.checkMarks(marked), "von KI gemacht");
      expect(world.messages(world.square).filter(({ text }) => text.includes("invisible mark"))).toEqual([]);
    });

    it("a private edit goes to a direct message alone", async () => {
      bot.lane.auto = true;
      const answer = await alice.edit({ prompt: "a secret", picture: photo, isPrivate: true });
      await says(answer, "direct message");
      await world.until(() => alice.direct().at(-1)?.text.includes("result 1 of 3"), "a result in private");
      expect(world.messages(world.square)).toEqual([]);
      const seen = alice.direct().at(-1) as Seen;
      alice.react(seen, "2️⃣");
      await world.until(async () => (await grey(alice.direct().at(-1))) === 100, "another result in private");
    });

    it("a private edit of who takes no direct messages comes by the answer, and by /queue", async ({
      skip,
    }) => {
      if (!alice.refuseDirectMessages()) return skip("there is no such trouble here");
      const answer = await alice.edit({ prompt: "a secret", picture: photo, isPrivate: true });
      await says(answer, "I cannot send you direct messages");
      await bot.lane.finish();
      await world.until(() => answer.pictures === 1, "a picture in the answer");
      await alice.edit({ prompt: "another", picture: photo, isPrivate: true });
      await bot.restart();
      await bot.lane.finish();
      await world.until(
        async () => (await bot.store.jobs.count({ states: ["undeliverable"] })) === 1,
        "a kept result",
      );
      const queue = await alice.command("queue");
      await world.until(() => queue.buttons.length === 1, "a button in /queue");
      const sent = await queue.press(/Send it to me/);
      await world.until(() => sent.pictures === 1, "the kept picture");
      expect(world.messages(world.square)).toEqual([]);
    });

    it("buttons of a result that its member alone sees bring the other results, the area and all at once", async ({
      skip,
    }) => {
      if (!alice.refuseDirectMessages()) return skip("there is no such trouble here");
      const answer = await alice.edit({ prompt: "a secret", picture: photo, isPrivate: true });
      await says(answer, "I cannot send you direct messages");
      await bot.lane.finish();
      await answerBecomes(answer, 40);
      await answer.press("2");
      await answerBecomes(answer, 100);
      await answer.press("Show box");
      await answerBecomes(answer, 101);
      expect(answer.pictures).toBe(1);
      const all = await answer.press("All at once");
      await world.until(() => all.pictures === 3, "all results in an answer");
      const third = await all.press("3");
      await answerBecomes(third, 160);
      const before = answer.pictures;
      await answer.press("Delete");
      await says(answer, "Deleted.");
      expect(answer.pictures).toBe(before - 1);
      expect(world.messages(world.square)).toEqual([]);
    });

    it("all results that a member alone sees give way to words where they were", async ({ skip }) => {
      if (!alice.refuseDirectMessages()) return skip("there is no such trouble here");
      const answer = await alice.edit({ prompt: "a secret", picture: photo, isPrivate: true });
      await says(answer, "I cannot send you direct messages");
      await bot.lane.finish();
      await answerBecomes(answer, 40);
      const all = await answer.press("All at once");
      await world.until(() => all.pictures === 3, "all results in an answer");
      await all.press("Delete");
      await says(all, "Deleted.");
      expect(all.pictures).toBe(0);
    });

    it.each(["no right", "less room", "slow files", "no edits", "no blocks", "refused uploads"] as const)(
      "a job ends in its result, or in words that lead to it, though pictures meet: %s",
      async (trouble) => {
        const large = await noisyPng(120, 300);
        bot.lane.paint = async (request, folder) => {
          const painted = await paintResults(request, folder);
          if (trouble === "less room") writeFileSync(join(folder, "result-1.png"), large);
          return painted;
        };
        await alice.edit({ prompt: "a big tree", picture: photo });
        await shows("waking up the models");
        if (!world.troublePictures(trouble, large.length / 4)) return;
        await bot.lane.finish();
        await shows(/result 1 of 3|The result is ready/);
        await bot.settled();
        const messages = world.messages(world.square);
        expect(messages.filter(({ text }) => text.includes("waking up"))).toEqual([]);
        if (trouble === "slow files" || trouble === "less room") expect(messages).toHaveLength(1);
        if (trouble === "no edits" || trouble === "no blocks") {
          expect(messages.map(({ text }) => text.includes("in my newer message"))).toEqual([true, false]);
        }
        if (trouble === "no blocks") {
          await alice.press(messages.at(-1) as Seen, "2");
          expect(await grey(await shows("Result 2 of 3"))).toBe(100);
        }
        if (trouble === "less room") {
          const whole = await alice.press(messages[0] as Seen, "Full quality");
          await says(whole, /more than fits here\. This is the best copy that does: \d+×\d+/);
          expect(whole.pictures).toBe(1);
        }
        const unshown = messages.find(({ text }) => text.includes("The result is ready"));
        const isUnshown = trouble === "no right" || trouble === "refused uploads";
        expect(unshown !== undefined).toBe(isUnshown);
        if (!unshown) return expect(messages.at(-1)?.pictures).toHaveLength(1);
        const sent = await alice.press(unshown, "Send it to me");
        await answerBecomes(sent, 40);
      },
    );

    it("a result that is too large for its place however small it is made is told so, and comes elsewhere", async ({
      skip,
    }) => {
      await alice.edit({ prompt: "a big tree", picture: photo });
      await shows("waking up the models");
      if (!world.troublePictures("less room", 200)) return skip("there is no such trouble here");
      await bot.lane.finish();
      const told = await shows("it is too large for this place");
      await bot.settled();
      await says(await alice.press(told, "Send it to me"), "Even made smaller, the picture is too large");
      world.troublePictures("less room", 1_000_000);
      const queue = await alice.command("queue");
      await world.until(() => queue.buttons.length === 1, "a button in /queue");
      await answerBecomes(await queue.press(/Send it to me/), 40);
    });

    it.for(["gone", "put out"] as const)(
      "a result comes as a direct message where its channel is lost meanwhile: %s",
      async (how, { skip }) => {
        await alice.edit({ prompt: "a big tree", picture: photo });
        await shows("waking up the models");
        if (!world.loseSquare(how)) return skip("there is no such trouble here");
        await bot.lane.finish();
        const seen = await world.until(
          () => alice.direct().find(({ pictures }) => pictures.length === 1),
          "a result in private",
        );
        expect(seen.text).toMatch(/result 1 of 3[\s\S]*I can no longer write where you asked/);
        await bot.settled();
        await alice.press(seen, "2");
        await world.until(
          async () => (await grey(alice.direct().at(-1))) === 100,
          "another result in private",
        );
        expect(alice.direct()).toHaveLength(1);
      },
    );

    it("a first post that is refused ends in one true message", async ({ skip }) => {
      if (!world.refuseNextPost()) return skip("there is no such trouble here");
      const answer = await alice.edit({ prompt: "a big tree", picture: photo });
      await says(answer, "I may not write messages here");
      await bot.settled();
      expect(answer.text).not.toMatch(/---|On it|Cancelled/);
      expect(world.messages(world.square)).toEqual([]);
      expect(await bot.store.jobs.count({ states: ["waiting", "running", "posting"] })).toBe(0);
    });

    it("a result that took more than half a minute mentions who asked, once, in place of the first message", async () => {
      const bob = world.person("bob");
      await alice.edit({ prompt: "a big tree", picture: photo });
      const first = await shows("a big tree");
      bot.letPass(31_000);
      await bot.lane.finish();
      const seen = await shows("result 1 of 3");
      await bot.settled();
      const messages = world.messages(world.square);
      expect(messages).toHaveLength(1);
      expect(seen.id).not.toBe(first.id);
      expect(seen.pings).toEqual([alice.id]);
      await world.until(() => last()?.reactions.size === 4, "reactions");
      await bob.press(last() as Seen, "2");
      await becomes(100);
      await says(await alice.command("mentions", { do: "off" }), "Results do not mention you.");
      await alice.edit({ prompt: "a quiet tree", picture: photo });
      const quiet = await shows("a quiet tree");
      bot.letPass(31_000);
      await bot.lane.finish();
      const shown = await shows(/a quiet tree[\s\S]*result 1 of 3/);
      expect(shown.id).toBe(quiet.id);
      expect(shown.pings).toEqual([]);
    });

    it("waiting and running jobs can be cancelled, by their author and by admins alone", async () => {
      const bob = world.person("bob");
      await alice.edit({ prompt: "first", picture: photo });
      await shows("first");
      await alice.edit({ prompt: "second", picture: photo });
      const second = await shows(/second[\s\S]*Next in line/);
      const refused = await bob.press(second, "Cancel");
      await says(refused, "Only the person who asked");
      await alice.press(second, "Cancel");
      await shows(/second[\s\S]*Cancelled by @?\S*/);
      const boss = world.person("boss", { isAdmin: true });
      const first = (await shows("first")) as Seen;
      await boss.press(first, "Cancel");
      await shows(/first[\s\S]*Cancelled/);
    });

    it("what cannot be edited is refused in words that help", async () => {
      const heic = Buffer.concat([
        Buffer.from([0, 0, 0, 24]),
        Buffer.from("ftypheic\0\0\0\0heicmif1", "latin1"),
        Buffer.alloc(64),
      ]);
      const answer = await alice.edit({ prompt: "a tree", picture: heic, fileName: "photo.jpg" });
      await says(answer, "HEIC");
      const broken = await alice.edit({ prompt: "a tree", picture: photo.subarray(0, 60) });
      await says(broken, "damaged");
      expect(world.messages(world.square)).toEqual([]);
      expect(await bot.store.jobs.count({})).toBe(0);
    });

    it("a job that its worker refuses for a setting names the setting", async () => {
      await alice.edit({ prompt: "a tree", picture: photo });
      const message = "Expected 1 to 999 sampling steps, got 1000.";
      await bot.lane.finish(new EditError("setting-out-of-range", message, { setting: "steps" }));
      await shows("The number of steps is out of range");
    });

    it("a seed that is none is mended without typing or sending anything else again", async () => {
      bot.lane.auto = true;
      const shared = await world.person("bob").share(photo, world.square);
      const answer = await alice.editFromMenu(shared, "a big tree", { seed: "seven", mendedSeed: "7" });
      await says(answer, "whole number");
      await shows(/a big tree[\s\S]*result 1 of 3/);
      expect((await bot.store.jobs.list({ limit: 1 }))[0]?.request.settings.seed).toBe(7);
    });

    it("where the bot may not post, the answer says what is missing", async ({ skip }) => {
      const { closed } = world;
      if (!closed) return skip("there is no such place here");
      const answer = await alice.edit({ prompt: "a tree", picture: photo, room: closed });
      await says(answer, /I cannot work here|I am not in this channel yet/);
      expect(await bot.store.jobs.count({ states: ["waiting", "running", "done"] })).toBe(0);
    });

    it.for(["busy", "limited", "lost answer"] as const)(
      "a result is posted once though posting meets: %s",
      async (trouble, { skip }) => {
        if (!world.troublePosting(trouble)) return skip("there is no such trouble here");
        await result();
        expect(world.messages(world.square)).toHaveLength(1);
      },
    );

    it("what a member typed never pings, links or formats", async () => {
      bot.lane.auto = true;
      const prompt = `@everyone @here <@${alice.id}> <!channel> **bold** _it_ [x](http://evil.example) \`code\` # top`;
      await alice.edit({ prompt, picture: photo });
      const seen = await world.until(() => last()?.pictures.length === 1 && last(), "a result");
      expect((seen as Seen).pings).toEqual([]);
      expect(world.messages(world.square).flatMap(({ pings }) => pings)).toEqual([]);
    });

    it("/queue, /help and /forget answer the member alone", async () => {
      const bob = world.person("bob");
      await alice.edit({ prompt: "alice's secret", picture: photo });
      await shows("alice's secret");
      const queue = await bob.command("queue");
      await says(queue, "You have no jobs");
      expect(queue.text).not.toContain("secret");
      const help = await bob.command("help");
      await says(help, "learn");
      const asked = await alice.command("forget");
      await says(asked, "cannot be undone");
      expect(await bot.store.jobs.count({})).toBe(1);
      const forget = await asked.press(/Delete it all/);
      await says(forget, "Deleted 1 job");
      await says(await alice.command("forget"), "There was nothing of yours");
      await world.until(() => world.messages(world.square).length === 0, "no messages");
      expect(await bot.store.jobs.count({})).toBe(0);
    });

    it("many edits at once pass no limit, and what was forgotten counts for the day", async () => {
      const boss = world.person("boss", { isAdmin: true });
      const seen = await result();
      bot.lane.auto = false;
      const rerollAtOnce = async (times: number) => {
        await Promise.all(Array.from({ length: times }, () => alice.press(seen, "Reroll")));
        // What was taken in is answered before the bot ends.
        await bot.restart();
      };
      await says(await boss.command("admin limits", { waiting: 1, per_day: 3 }), "1 waiting");
      await rerollAtOnce(20);
      expect(await bot.store.jobs.count({})).toBe(2);
      await says(await boss.command("admin limits", { waiting: 9 }), "9 waiting");
      await rerollAtOnce(5);
      expect(await bot.store.jobs.count({})).toBe(3);
      const forgotten = await (await alice.command("forget")).press(/Delete it all/);
      await says(forgotten, "Deleted 3 jobs");
      const after = await alice.edit({ prompt: "a big tree", picture: photo });
      await says(after, "You have used your 3 edits of 24 hours");
    });

    it("a picture that the safety check finds unsafe is seen by those who ask for it", async () => {
      bot.lane.paint = async (request, folder) => {
        const painted = await paintResults(request, folder);
        const results = painted.results.map((each) => ({ ...each, unsafe: each.rank === 1 ? 0.9 : 0.1 }));
        return { ...painted, results, safety: { model: "tiny", threshold: 0.5, input: 0 } };
      };
      const seen = await result();
      expect(seen.text).toContain("The safety check considers this picture unsafe");
      expect(seen.pictures.map(({ isSpoiler }) => isSpoiler).filter((isSpoiler) => !isSpoiler)).toEqual([]);
      if (seen.pictures.length === 0) {
        const original = await alice.press(seen, "Full quality");
        await world.until(() => original.pictures === 1, "the picture in an answer");
      }
      await alice.press(seen, "2");
      await becomes(100);
      expect(last()?.pictures.map(({ isSpoiler }) => isSpoiler)).toEqual([false]);
      const boss = world.person("boss", { isAdmin: true });
      await says(await boss.command("admin safety", { do: "refuse" }), "refused here");
      await says(await alice.edit({ prompt: "a tree", picture: photo }), "On it");
      await world.until(
        async () => (await bot.store.jobs.list({ limit: 1 }))[0]?.request.safety === "refuse",
        "a job",
      );
    });

    it("who writes another language is told once that the networks read English", async () => {
      bot.lane.auto = true;
      const dora = world.person("dora", { locale: "de" });
      const told = "nur Englisch";
      expect((await dora.edit({ prompt: "a tree", picture: photo })).text).not.toContain(told);
      await says(await dora.edit({ prompt: "ein großer Baum", picture: photo }), told);
      const again = await dora.edit({ prompt: "Blumen", picture: photo });
      await says(again, "Alles klar");
      expect(again.text).not.toContain(told);
      await shows("anstelle von: ");
      expect(await shows("Geschenk")).toBeTruthy();
    });

    it("undresses nobody, and says so in the member's language", async () => {
      bot.lane.auto = true;
      const dora = world.person("dora", { locale: "de" });
      await says(await alice.edit({ prompt: "remove her dress", picture: photo }), "I undress nobody.");
      await says(
        await dora.edit({ prompt: "zieh die Frau aus", picture: photo }),
        "Ich ziehe niemanden aus.",
      );
      expect(await bot.store.jobs.count({})).toBe(0);
      await alice.edit({ prompt: "remove the coat from the chair", picture: photo });
      await shows("remove the coat from the chair");
    });

    it("speaks the member's language", async () => {
      const dora = world.person("dora", { locale: "de" });
      bot.lane.auto = true;
      const answer = await dora.edit({ prompt: "a tree", picture: photo });
      await says(answer, "Alles klar");
      await shows("Ergebnis 1 von 3");
      await shows("· KI-bearbeitet");
    });

    it("admins steer, others are told that they may not", async () => {
      const boss = world.person("boss", { isAdmin: true });
      const pause = await boss.command("admin pause");
      await says(pause, "All lanes are paused");
      await alice.edit({ prompt: "waits", picture: photo });
      await shows("The queue is paused");
      await says(await alice.command("queue"), "The queue is paused by an admin");
      const queue = await boss.command("admin queue");
      await says(queue, /Waiting\W+1/);
      const limits = await boss.command("admin limits", { waiting: 1 });
      await says(limits, "Everybody here: 1 waiting");
      const more = await alice.edit({ prompt: "too many", picture: photo });
      await says(more, "one is the limit here");
      bot.lane.auto = true;
      await boss.command("admin resume");
      await shows("result 1 of 3");
    });

    it.runIf(tellsParents)("an allowed channel takes its threads along", async () => {
      const boss = world.person("boss", { isAdmin: true });
      const allowed = await boss.command("admin channels", { do: "allow", channel: world.square.id });
      await says(allowed, "I answer only in");
      const thread = world.thread();
      bot.lane.auto = true;
      await alice.mention("a big tree", { room: thread, picture: photo });
      await shows("result 1 of 3", thread);
    });

    it("progress is edited in at most every 3 seconds", async () => {
      await alice.edit({ prompt: "a tree", picture: photo });
      await shows("a tree");
      await bot.lane.finish();
      await shows("result 1 of 3");
      const { times } = last() as Seen;
      // The first state, at most one progress, the result.
      expect(times.length).toBeLessThanOrEqual(3);
    });
  });
}
