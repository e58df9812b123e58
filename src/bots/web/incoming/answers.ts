import { readFile } from "node:fs/promises";
import type { ChatDocument, ChatMessage } from "../../chat.ts";
import { type Content, contentOf } from "../outgoing/content.ts";
import { pageContentOf, picturesOf } from "../outgoing/page-message.ts";
import type { People } from "../people.ts";
import type { PageAnswer } from "../protocol.ts";
import type { Streams } from "../server/streams.ts";

/** What was said to one person alone, for an hour, so that another page of theirs and one that is loaded again have it. */
export interface Answers {
  show(answer: NewAnswer): Promise<void>;
  /** Of one person in the last hour, oldest first. */
  of(member: string): readonly PageAnswer[];
  /** Where the pictures of an answer of this person lie. */
  picturesOf(member: string, answer: string): Content["pictures"];
  /** All of a person go. */
  forget(member: string): void;
}

export interface NewAnswer {
  readonly member: string;
  readonly room: string;
  /** The exchange that it belongs to. */
  readonly to: string;
  readonly message: ChatMessage;
  /** The answer that it takes the place of. */
  readonly replaces: string | null;
}

export interface AnswerParts {
  readonly people: People;
  readonly streams: Pick<Streams, "tellMember">;
  readonly folder: string;
  readonly clock: () => number;
}

const keptMilliseconds = 60 * 60_000;
const keptOfMember = 50;

export function createAnswers({ people, streams, folder, clock }: AnswerParts): Answers {
  const kept = new Map<string, { readonly shown: PageAnswer; readonly pictures: Content["pictures"] }[]>();
  let count = 0;

  function fresh(member: string) {
    const since = clock() - keptMilliseconds;
    const left = (kept.get(member) ?? []).filter(({ shown }) => shown.at >= since);
    if (left.length === 0) kept.delete(member);
    else kept.set(member, left);
    return left;
  }

  return {
    async show({ member, room, to, message, replaces }) {
      const content = await contentOf(message, folder);
      count += 1;
      const id = `a${count}`;
      const shown: PageAnswer = {
        ...{ id, room, to, replaces, at: clock() },
        layout: message.layout === "pair" ? "pair" : null,
        document: message.document ? await documentOf(message.document) : null,
        ...(await pageContentOf(message, people)),
        pictures: picturesOf(
          content,
          (index, version) => `/api/answers/${id}/pictures/${index}?v=${version}`,
        ),
      };
      const others = fresh(member).filter((each) => each.shown.id !== replaces);
      kept.set(member, [...others, { shown, pictures: content.pictures }].slice(-keptOfMember));
      streams.tellMember(member, "answer", shown);
    },
    of: (member) => fresh(member).map(({ shown }) => shown),
    picturesOf: (member, answer) => fresh(member).find(({ shown }) => shown.id === answer)?.pictures ?? [],
    forget: (member) => void kept.delete(member),
  };
}

async function documentOf({ path, fileName }: ChatDocument): Promise<PageAnswer["document"]> {
  return { fileName, text: await readFile(path, "utf8") };
}
