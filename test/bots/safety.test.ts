import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EditError } from "../../src/errors.ts";
import { type MemoryBot, startMemoryBot } from "./memory-bot.ts";
import { createMemoryChat, general, memoryCapabilities } from "./memory-chat.ts";
import { paintResults } from "./painted.ts";

let bot: MemoryBot;
const started: MemoryBot[] = [];
afterEach(async () => {
  for (const each of started.splice(0)) await each[Symbol.asyncDispose]();
});

async function start(options: Parameters<typeof startMemoryBot>[0] = {}): Promise<MemoryBot> {
  const made = await startMemoryBot({ checksSafety: true, ...options });
  started.push(made);
  return made;
}
const withoutSpoilers = () => createMemoryChat({ ...memoryCapabilities, spoilers: false });
const command = (name: string, options: Record<string, string | number | boolean> = {}) =>
  ({ kind: "command", name, options }) as const;
const buttons = (index?: number) => bot.chat.shown(index).message.buttons.flat();
async function press(label: string, index?: number) {
  const found = buttons(index).find((each) => each.label === label);
  if (!found) throw new Error(`no button ${label}`);
  const message = bot.chat.shown(index).post.ref;
  const answers = await bot.chat.send({ kind: "button", button: found.id, message });
  await bot.settle();
  return answers;
}
const spoilers = (index?: number) => bot.chat.shown(index).message.pictures.map((each) => each.isSpoiler);

/** Results as a worker with a safety model leaves them. */
function finds(input: number, ...unsafe: number[]): void {
  bot.lane.paint = async (request, folder) => {
    const result = await paintResults(request, folder);
    return {
      ...result,
      safety: { model: "tiny", threshold: 0.5, input },
      results: result.results.map((each, index) => ({ ...each, unsafe: unsafe[index] ?? 0 })),
    };
  };
}

describe("/admin safety", () => {
  const ask = (what: string, member = {}) =>
    bot.chat.send(command("admin safety", { do: what }), { isAdmin: true, ...member });

  it("without a model says how to set one, and sets nothing", async () => {
    bot = await start({ checksSafety: false });
    expect((await ask("refuse")).text).toMatch(
      /no safety model\. Its operator sets LRBOT_SAFETY_MODEL .*docs\/safety\.md/,
    );
    expect(await bot.store.audit.list("memory:w1", 10)).toEqual([]);
  });

  it("shows and sets what happens here, notes who did it, and jobs are asked for with it", async () => {
    bot = await start();
    const policy = async () => (await bot.edit()).request.safety;
    expect((await ask("show")).text).toMatch(/hidden here until somebody asks to see them/);
    expect(await policy()).toBe("mark");
    expect((await ask("refuse")).text).toMatch(/refused here, sources and results alike/);
    expect(await policy()).toBe("refuse");
    expect((await ask("off")).text).toBe("Pictures are not checked here.");
    expect(await policy()).toBe("off");
    expect((await ask("spoiler")).text).toMatch(/hidden/);
    expect(await policy()).toBe("mark");
    expect((await bot.chat.send(command("admin audit"), { isAdmin: true })).text).toMatch(
      /safety do spoiler\n.*safety do off\n.*safety do refuse$/,
    );
  });

  it("is for admins, and each guild has its own", async () => {
    bot = await start();
    expect((await ask("off", { isAdmin: false })).text).toBe(
      "That is for admins. /help shows what everybody can do.",
    );
    await bot.chat.send(
      { ...command("admin safety", { do: "off" }), place: { ...general, workspace: "w2" } },
      { isAdmin: true },
    );
    expect((await bot.edit()).request.safety).toBe("mark");
  });
});

describe("a result that the check finds unsafe", () => {
  beforeEach(async () => {
    bot = await start();
    finds(0, 0.9, 0.1, 0.5);
  });

  it("is a spoiler, and those that are not are none", async () => {
    await bot.edit();
    expect(spoilers()).toEqual([true]);
    expect(bot.chat.shown().text).toContain(
      "The safety check considers this picture unsafe. It can be wrong.",
    );
    await press("2");
    expect(spoilers()).toEqual([false]);
    expect(bot.chat.shown().text).not.toContain("safety check");
  });

  it("is a spoiler with its box, in the gallery, in a reply, and as the original", async () => {
    await bot.edit();
    await press("Show box");
    expect(spoilers()).toEqual([true]);
    const original = await press("Full quality", 0);
    expect(original.said[0]?.pictures).toEqual([expect.objectContaining({ isSpoiler: true })]);
    const both = await press("Before and after", 0);
    expect(both.said[0]?.pictures.map(({ isSpoiler }) => isSpoiler)).toEqual([true, true]);
    await press("All at once", 0);
    expect(spoilers()).toEqual([true, false, true]);
    bot.chat.failNext("edit", "edit-refused", 1);
    await press("3", 0);
    expect(bot.chat.shown().text).toContain("Result 3 of 3");
    expect(spoilers()).toEqual([true]);
  });

  it("makes no spoiler of a job that was not checked", async () => {
    bot.lane.paint = paintResults;
    await bot.edit();
    expect(spoilers()).toEqual([false]);
  });

  it("is every one where the source was unsafe", async () => {
    finds(0.8, 0, 0, 0);
    await bot.edit();
    await press("All at once");
    expect(spoilers()).toEqual([true, true, true]);
  });
});

describe("where a chat hides no pictures, an unsafe one", () => {
  beforeEach(async () => {
    bot = await start({ chat: withoutSpoilers() });
    finds(0, 0.9, 0.1, 0.5);
    await bot.edit();
  });

  it("is not posted; Full quality shows it to whoever presses it", async () => {
    const { message, text } = bot.chat.shown();
    expect(message.pictures).toEqual([]);
    expect(text).toContain("so it is not shown here. It can be wrong; Full quality shows it to you alone.");
    const { said } = await press("Full quality");
    expect(said[0]?.pictures[0]?.path).toContain("result-1.png");
    const both = await press("Before and after");
    expect(both.said[0]?.pictures).toEqual([]);
    expect(both.text).toContain("so it is not shown here");
    await press("2");
    expect(spoilers()).toEqual([false]);
    expect(buttons().map(({ label }) => label)).not.toContain("Full quality");
  });

  it("is left out of the gallery, which says so", async () => {
    await press("All at once");
    expect(bot.chat.shown().message.pictures.map(({ fileName }) => fileName)).toEqual([
      expect.stringMatching(/-all-2\.jpg$/),
    ]);
    expect(bot.chat.shown().text).toContain("2 of them are left out");
  });

  it("comes as a reply with a button that keeps to it", async () => {
    bot.chat.failNext("edit", "edit-refused", 1);
    await press("3");
    expect(bot.chat.shown().message.pictures).toEqual([]);
    const reply = bot.chat.messages.length - 1;
    await press("2", 0);
    const { said } = await press("Full quality", reply);
    expect(said[0]?.pictures[0]?.path).toContain("result-3.png");
  });
});

describe("what is refused", () => {
  it("says that the check refused it, and shows nothing", async () => {
    bot = await start();
    await bot.chat.send({ ...command("edit", { prompt: "a tree" }), pictures: [bot.picture] });
    await bot.lane.finish(new EditError("picture-refused", "Expected a safe picture, got another."));
    await bot.settle();
    const { text, message } = bot.chat.shown();
    expect(text).toContain("The safety check refuses this picture, or all that was painted of it.");
    expect(message.pictures).toEqual([]);
  });

  it("in part is said with the rest", async () => {
    bot = await start();
    bot.lane.paint = async (request, folder) => ({
      ...(await paintResults(request, folder)),
      warnings: [{ code: "results-unsafe", text: "for the log" }],
    });
    await bot.edit();
    expect(bot.chat.shown().text).toContain(
      "Some results are left out, because the safety check refused them.",
    );
  });
});
