import type { PageAnswer, PageMessage } from "../../protocol.ts";

/** What stands in a room, oldest first: messages that stay, and answers that this person alone sees. */
export type Entry =
  | { readonly kind: "message"; readonly key: string; readonly at: number; readonly message: PageMessage }
  | { readonly kind: "answer"; readonly key: string; readonly at: number; readonly answer: PageAnswer };

/** A message that is new, or in place of what it was. */
export function withMessage(messages: readonly PageMessage[], message: PageMessage): readonly PageMessage[] {
  const index = messages.findIndex(({ id }) => id === message.id);
  if (index >= 0) return messages.with(index, message);
  const after = messages.findLastIndex(({ postedAt }) => postedAt <= message.postedAt);
  return messages.toSpliced(after + 1, 0, message);
}

/** Messages of a page of the room's past, put before or among those that are there. */
export function withMessages(
  messages: readonly PageMessage[],
  more: readonly PageMessage[],
): readonly PageMessage[] {
  const byId = new Map([...messages, ...more].map((message) => [message.id, message]));
  return [...byId.values()].sort((a, b) => a.postedAt - b.postedAt);
}

/** An answer that comes below, or in place of another one. */
export function withAnswer(answers: readonly PageAnswer[], answer: PageAnswer): readonly PageAnswer[] {
  const place = answers.findIndex(({ id }) => id === answer.id || id === answer.replaces);
  return place < 0 ? [...answers, answer] : answers.with(place, answer);
}

/** All of it in the order in which it was said. */
export function entriesOf(
  messages: readonly PageMessage[],
  answers: readonly PageAnswer[],
): readonly Entry[] {
  const entries: Entry[] = [
    ...messages.map(
      (message): Entry => ({ kind: "message", key: message.id, at: message.postedAt, message }),
    ),
    ...answers.map((answer): Entry => ({ kind: "answer", key: answer.id, at: answer.at, answer })),
  ];
  return entries.sort((a, b) => a.at - b.at);
}

/** The message of each job that shows it: its first one. Later ones of the same job are ordinary messages. */
export function jobMessages(messages: readonly PageMessage[]): ReadonlyMap<string, string> {
  const first = new Map<string, string>();
  for (const { id, job, author } of messages) {
    if (job !== null && author === null && !first.has(job)) first.set(job, id);
  }
  return first;
}
