import { expect, it } from "vitest";
// Its HTTP client is of another version than discord.js's, and the first that is loaded gives both their connections.
import "../../../src/bots/slack/slack.ts";
import { key, message, signal, useTestGuild } from "./test-guild.ts";

const setup = useTestGuild();

it("posts pictures, and edits them in, where Slack's library was loaded first", async () => {
  const { fake, place, discord, picture, standing } = setup();
  const posted = await discord.post(place, message(["one"], { pictures: [await picture("a.png")] }), {
    key,
    signal,
  });
  expect(standing(posted).attachments.map(({ filename }) => filename)).toEqual(["a.png"]);
  await discord.edit(posted, message(["two"], { pictures: [await picture("b.png")] }), { signal });
  expect(standing(posted)).toMatchObject({ content: "two", attachments: [{ filename: "b.png" }] });
  expect(fake.violations).toEqual([]);
});
