import { linesOf } from "../../locales/rich-text.ts";
import type { Words } from "../../locales/words.ts";
import type { Showing, StudyProgress, StudyRecord } from "../../store/studies.ts";
import type { ChatMessage } from "../chat.ts";
import type { References } from "./references.ts";

/** The study's message, which everybody in its channel reads: how to vote and how far it is, and nothing of who is ahead. */
export function studyMessage(
  study: StudyRecord,
  { voters, votes }: StudyProgress,
  { words, references }: { readonly words: Words; readonly references: References },
): ChatMessage {
  const label = words.plain("button.vote");
  const vote = { id: references.write("vote", study.id), label, emoji: "🗳️", style: "primary" } as const;
  return {
    text: linesOf(
      words.say("study.question"),
      words.say("study.state", { state: study.state }),
      words.say("study.progress", { count: voters, votes }),
    ),
    pictures: [],
    buttons: study.state === "running" ? [[vote]] : [],
  };
}

const labels = { left: "button.left", tie: "button.tie", right: "button.right" } as const;

/** One pair, for the voter alone. Nothing in it tells methods or checks apart. */
export function pairMessage(
  {
    showing,
    files,
    sheet,
    prompt,
    number,
    of,
  }: {
    readonly showing: Pick<Showing, "study" | "number">;
    readonly files: { readonly source: string; readonly left: string; readonly right: string };
    /** The three in one; `null` where the chat lays them out. */
    readonly sheet: string | null;
    readonly prompt: string;
    readonly number: number;
    readonly of: number;
  },
  { words, references }: { readonly words: Words; readonly references: References },
): ChatMessage {
  const button = (choice: "left" | "tie" | "right", emoji: string) => ({
    ...{ id: references.write(choice, showing.study, showing.number), emoji },
    ...{ label: words.plain(labels[choice]), style: choice === "tie" ? "secondary" : "primary" },
  });
  const picture = (which: "source" | "left" | "right" | "all", path: string) => ({
    ...{ path, fileName: which === "all" ? "pair.jpg" : `${which}.jpg`, isSpoiler: false },
    alt: words.plain("study.alt", { which, prompt }),
  });
  const three = [picture("source", files.source), picture("left", files.left), picture("right", files.right)];
  return {
    text: words.say("study.pair", { prompt, number, of }),
    ...(sheet === null ? { pictures: three, layout: "pair" } : { pictures: [picture("all", sheet)] }),
    buttons: [
      [button("left", "⬅️"), button("tie", "⚖️"), button("right", "➡️")] as ChatMessage["buttons"][number],
    ],
  };
}
