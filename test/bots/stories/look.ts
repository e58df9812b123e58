import type { Answer, Room, Seen, World } from "./world.ts";

/** Waits for a message of the bot with that text. */
export function shownIn(world: World, text: string | RegExp, room: Room = world.square): Promise<Seen> {
  return world.until(
    () => {
      const found = world
        .messages(room)
        .findLast((each) => (typeof text === "string" ? each.text.includes(text) : text.test(each.text)));
      return found ?? null;
    },
    `a message with ${text}, after ${JSON.stringify(world.messages(room).map((each) => each.text))}`,
  );
}

/** Waits until an answer says that. @throws Error with what it says in its place */
export async function saidIn(world: World, answer: Answer, text: string | RegExp): Promise<void> {
  try {
    await world.until(
      () => (typeof text === "string" ? answer.text.includes(text) : text.test(answer.text)),
      "an answer",
    );
  } catch {
    throw new Error(`Expected an answer with ${text}, got ${JSON.stringify(answer.text)}`);
  }
}
