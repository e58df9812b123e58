import { expect, it } from "vitest";
import { startMemoryBot } from "../memory-bot.ts";
import { createMemoryChat, memoryCapabilities } from "../memory-chat.ts";

it("how far a job is comes to a direct conversation too, where a workspace has another rate than a channel", async () => {
  const writesPerMinute = { channel: 60, workspace: 60_000 };
  const chat = createMemoryChat({ ...memoryCapabilities, writesPerMinute });
  await using bot = await startMemoryBot({ chat });
  await bot.scheduler.pause(null);
  const place = await chat.directPlace("alice", { signal: new AbortController().signal });
  const options = { prompt: "a big tree" };
  await chat.send({ kind: "command", name: "edit", options, pictures: [bot.picture], place });
  const text = () => JSON.stringify(chat.messages.at(-1)?.revisions.at(-1)?.text ?? "");
  await expect.poll(text, { timeout: 10_000 }).toContain("paused");
  await bot.scheduler.resume(null);
  await expect.poll(text, { timeout: 10_000 }).toContain("waking up");
});
