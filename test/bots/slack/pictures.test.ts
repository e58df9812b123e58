import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ChatFailure, ChatMessage, MessageRef, Place } from "../../../src/bots/chat.ts";
import { buttonLabels, type FakeMessage, visibleText } from "../../fakes/slack/index.ts";
import { call, openWorkspace, png, text, type Workspace } from "./test-workspace.ts";

// What becomes of pictures while Slack is slow, forgetful or refuses them. Waiting takes no time here.

let work: Workspace;
let place: Place;

beforeEach(async () => {
  work = await openWorkspace({ skipsPauses: true });
  const { team, id } = work.slack.channel();
  place = { platform: "slack", workspace: team, channel: id, thread: null, isDirect: false };
});

afterEach(async () => {
  expect(work.slack.violations).toEqual([]);
  await work[Symbol.asyncDispose]();
});

async function withPicture(name = "result.png"): Promise<ChatMessage> {
  return { ...text("done"), pictures: [await work.picture(name)] };
}

const post = async (message?: ChatMessage) =>
  work.platform.post(place, message ?? (await withPicture()), { key: "job1-j", ...call });

function shown({ channel, message }: MessageRef): FakeMessage {
  const found = work.slack.messages.find((each) => each.channel === channel && each.ts === message);
  if (!found) throw new Error(`no message ${message}`);
  return found;
}

const picturesIn = (ref: MessageRef) => work.slack.pictures(shown(ref)).map(({ file }) => file.bytes);
const uploads = () => work.slack.files.size;

async function refusal(run: () => Promise<unknown>): Promise<ChatFailure> {
  const error = await run().then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ name: "ChatError" });
  return (error as { failure: ChatFailure }).failure;
}

describe("a picture", () => {
  it("that Slack processes for half a minute is waited for", async () => {
    work.slack.settings.fileProcessing = 30_000;
    expect(picturesIn(await post())).toEqual([png]);
  });

  it("that Slack processes for longer is worth another try, which does not upload it again", async () => {
    work.slack.settings.fileProcessing = 80_000;
    const message = await withPicture();
    expect(await refusal(() => post(message))).toBe("unavailable");
    expect(picturesIn(await post(message))).toEqual([png]);
    expect(uploads()).toBe(1);
  });

  it("that Slack never gets done with is uploaded anew after some minutes", async () => {
    work.slack.settings.fileProcessing = Number.POSITIVE_INFINITY;
    const message = await withPicture();
    for (let tries = 0; tries < 5; tries++) expect(await refusal(() => post(message))).toBe("unavailable");
    work.slack.settings.fileProcessing = 0;
    expect(picturesIn(await post(message))).toEqual([png]);
    expect(uploads()).toBe(2);
  });

  it("that Slack does not find right after the upload is asked for again", async () => {
    work.slack.settings.fileUnknownCalls = 3;
    work.slack.inject({ method: "files.completeUploadExternal", error: "file_not_found", times: 2 });
    expect(picturesIn(await post())).toEqual([png]);
    expect(uploads()).toBe(1);
  });

  it("whose upload is refused is sent to another address once, and then refused for good", async () => {
    work.slack.inject({ method: "upload", status: 403 });
    expect(picturesIn(await post())).toEqual([png]);
    work.slack.inject({ method: "upload", status: 403, times: 2 });
    expect(await refusal(async () => post(await withPicture("two.png")))).toBe("rejected");
  });

  it.each([408, 425, 429, 503])("whose upload is answered with %i is worth another try", async (status) => {
    work.slack.inject({ method: "upload", status });
    const message = await withPicture();
    expect(await refusal(() => post(message))).toBe("unavailable");
    expect(picturesIn(await post(message))).toEqual([png]);
  });
});

describe("an edit that Slack refuses its picture in", () => {
  it("is told from one that may pass, and from then on at once; posting it works", async () => {
    work.slack.settings.editsNeedShare = true;
    const ref = await post(text("0 %"));
    const edits = () => work.slack.requests.filter(({ method }) => method === "chat.update").length;
    const result = await withPicture();
    expect(await refusal(() => work.platform.edit(ref, result, call))).toBe("edit-refused");
    const first = edits();
    expect(await refusal(() => work.platform.edit(ref, result, call))).toBe("edit-refused");
    expect(edits() - first).toBeLessThan(first);
    const reply = await work.platform.post(place, result, { key: "job1-r", replyTo: ref, ...call });
    expect(picturesIn(reply)).toEqual([png]);
    expect(shown(reply).threadTs).toBe(ref.message);
    await work.platform.edit(ref, text("see the reply"), call);
    expect(uploads()).toBe(1);
  });
});

describe("a picture that Slack shows in no block", () => {
  const buttons = [[{ id: "b1", label: "Reroll", style: "secondary" }]] as const;

  beforeEach(() => {
    work.slack.settings.slackFileNeedsShare = true;
    work.slack.settings.shareDelay = 0;
  });

  it("is not shared again where Slack was slow to post it", async () => {
    const { settings } = work.slack;
    const asItIs = settings.answers;
    settings.answers = (method, { headers, body }) => {
      const file = body.file as object | undefined;
      return {
        headers,
        body: method === "files.info" && file ? { ...body, file: { ...file, shares: {} } } : body,
      };
    };
    const result = await withPicture();
    expect(await refusal(() => post(result))).toBe("unavailable");
    settings.answers = asItIs;
    expect(picturesIn(await post(result))).toEqual([png]);
    expect(work.slack.messages).toHaveLength(1);
  });

  it("is shared into the thread, in a message that has its text, its buttons and its mark", async () => {
    const question = await post(text("0 %"));
    const result = { ...(await withPicture()), buttons };
    const order = { key: "job1-r", replyTo: question, ...call };
    const ref = await work.platform.post(place, result, order);
    expect(picturesIn(ref)).toEqual([png]);
    expect(visibleText(shown(ref))).toBe("done");
    expect(buttonLabels(shown(ref).content.blocks)).toEqual(["Reroll"]);
    expect(shown(ref).threadTs).toBe(question.message);
    expect(await work.platform.findPosted(place, order.key, { ...order, since: 0 })).toEqual(ref);
  });

  it("stays where Slack does not take the text's blocks", async () => {
    work.slack.inject({ method: "chat.update", error: "cant_update_message" });
    const ref = await post();
    expect(picturesIn(ref)).toEqual([png]);
    expect(visibleText(shown(ref))).toBe("done");
  });

  it("goes with its message, also with one of an earlier process", async () => {
    const [first, second] = [await post(), await post()];
    const filesLeft = () =>
      [...work.slack.files.values()].filter(({ state, shares }) => state !== "deleted" && shares.length > 0);
    expect(filesLeft()).toHaveLength(2);
    await work.platform.remove(first, call);
    expect(filesLeft()).toHaveLength(1);
    const { botToken, appToken, apiUrl } = work.slack;
    await using later = await openWorkspace({ starts: false, change: { botToken, appToken, apiUrl } });
    await later.platform.remove(second, call);
    expect(filesLeft()).toEqual([]);
  });

  it("of an answer comes as a direct message", async () => {
    const alice = work.slack.member();
    const channel = work.slack.channel();
    await alice.slash("/lrbot", "queue", { channel });
    const { respond } = await work.next("command");
    await respond.say(await withPicture());
    const direct = work.slack.messages.filter((each) => each.channel === alice.dm.id);
    expect(direct.flatMap((each) => work.slack.pictures(each)).map(({ file }) => file.bytes)).toEqual([png]);
  });
});
