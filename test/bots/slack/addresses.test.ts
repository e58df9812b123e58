import { afterEach, beforeEach, expect, it } from "vitest";
import type { Place } from "../../../src/bots/chat.ts";
import type { FakeChannel } from "../../fakes/slack/index.ts";
import { call, openWorkspace, png, type Workspace } from "./test-workspace.ts";

let work: Workspace;
let channel: FakeChannel;
let place: Place;

beforeEach(async () => {
  work = await openWorkspace({});
  channel = work.slack.channel();
  place = { platform: "slack", workspace: channel.team, channel: channel.id, thread: null, isDirect: false };
});
afterEach(() => work[Symbol.asyncDispose]());

function shared(in_: FakeChannel) {
  const message = work.slack.member().say(in_, "look", { files: [{ name: "lawn.png", bytes: png }] });
  return { message, id: message.content.files[0] ?? "" };
}
const at = (url: string) => work.platform.addressed(url, { place, ...call });
const refused = expect.objectContaining({ code: "attachment-refused" });

it("a file is named by its own address and by its permalink", async () => {
  const { id } = shared(channel);
  const picture = { picture: expect.objectContaining({ id, fileName: "lawn.png" }) };
  expect(await at(`${work.slack.origin}/files-pri/${channel.team}-${id}/lawn.png`)).toEqual(picture);
  expect(await at(`https://acme.slack.com/files/U0123456/${id}/lawn.png`)).toEqual(picture);
});

it("a file that was shared elsewhere alone is refused, also where the bot can see it", async () => {
  const { id } = shared(work.slack.channel());
  await expect(at(`https://acme.slack.com/files/U0123456/${id}/lawn.png`)).rejects.toThrow(refused);
});

it("a message of the channel is named by its permalink, one of another channel is refused", async () => {
  const { message } = shared(channel);
  const p = message.ts.replace(".", "");
  expect(await at(`https://acme.slack.com/archives/${channel.id}/p${p}`)).toEqual({
    message: expect.objectContaining({ channel: channel.id, message: message.ts, thread: null }),
  });
  await expect(at(`https://acme.slack.com/archives/C0THERS00/p${p}`)).rejects.toThrow(refused);
});

it.each([
  "https://acme.slack.com.example.com/files/U0123456/F0123456/x.png",
  "http://acme.slack.com/files/U0123456/F0123456/x.png",
  "https://example.com/files-pri/T1-F1/x.png",
  "https://files.slack.com/files-pri/T1-FUNKNOWN1/x.png",
  "nothing",
])("%s is refused", async (url) => {
  await expect(at(url)).rejects.toThrow(refused);
});
