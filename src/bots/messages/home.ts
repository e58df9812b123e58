import { linesOf, type RichText } from "../../locales/rich-text.ts";
import type { Words } from "../../locales/words.ts";
import type { Standing } from "../../queue/scheduler.ts";
import type { JobRecord } from "../../store/jobs.ts";
import type { OrderLimits } from "../../store/orders.ts";
import type { ChatButton, ChatHome, ChatHomeSection, MessageRef } from "../chat.ts";
import { cancelButton, deleteButton, type MessageTools } from "./job.ts";
import { queueLine, shortPrompt } from "./queue-line.ts";
import { aboutNoJob } from "./references.ts";
import { settingsLine } from "./settings.ts";

/** What a member's home is made of. */
export interface HomeContent {
  /** What their last press led to; `null` where they pressed nothing. */
  readonly notice: RichText | null;
  /** Newest first, with the message that shows each, if any does. */
  readonly jobs: readonly { readonly job: JobRecord; readonly message: MessageRef | null }[];
  readonly standings: ReadonlyMap<string, Standing>;
  /** Jobs that wait, of everybody. */
  readonly waiting: number;
  readonly isPaused: boolean;
  /** What the member's edits are asked for with where they do not say, as it is typed; empty where they set nothing. */
  readonly defaults: string;
  /** Others may have the member's avatar edited; `null` where there are no avatars. */
  readonly avatar: boolean | null;
  /** The member's own setting, and that of the workspace. */
  readonly mentions: { readonly own: boolean; readonly here: boolean };
  /** As they hold for the member where they are. */
  readonly limits: Required<Omit<OrderLimits, "pack">>;
  readonly isPrivate: boolean;
}

/** A member's last edits, their places in line, and what they can set. */
export function homeOf(content: HomeContent, tools: MessageTools): ChatHome {
  const { words } = tools;
  const { notice, jobs } = content;
  return {
    sections: [
      ...(notice ? [textSection(notice)] : []),
      { heading: words.plain("home.queue") },
      textSection(queueText(content, words)),
      { heading: words.plain("home.edits") },
      ...(jobs.length === 0 ? [textSection(words.say("home.none"))] : []),
      ...jobs.map((each) => jobSection(each, content.standings, tools)),
      { heading: words.plain("home.settings") },
      defaultsSection(content, tools),
      mentionsSection(content, tools),
      ...(content.avatar === null ? [] : [avatarSection(content.avatar, tools)]),
      textSection(ruleText(content, words)),
    ],
  };
}

function textSection(text: RichText): ChatHomeSection {
  return { text, buttons: [] };
}

function queueText({ jobs, standings, waiting, isPaused }: HomeContent, words: Words): RichText {
  const mine = jobs.filter(({ job }) => isUnderWay(job));
  return linesOf(
    ...mine.map(({ job }) => queueLine(job, standings.get(job.id) ?? null, words)),
    words.say("queue.length", { count: waiting }),
    isPaused ? words.say("queue.paused") : null,
  );
}

function isUnderWay({ state }: JobRecord): boolean {
  return state === "waiting" || state === "running" || state === "posting";
}

function jobSection(
  { job, message }: HomeContent["jobs"][number],
  standings: HomeContent["standings"],
  tools: MessageTools,
): ChatHomeSection {
  const { words } = tools;
  const link = message ? { link: { message, label: words.plain("home.open") } } : {};
  return { text: stateText(job, standings, words), buttons: buttonsOf(job, tools), ...link };
}

function stateText(job: JobRecord, standings: HomeContent["standings"], words: Words): RichText {
  if (isUnderWay(job) || job.state === "undeliverable")
    return queueLine(job, standings.get(job.id) ?? null, words);
  const time = new Intl.DateTimeFormat(words.locale, { dateStyle: "short", timeStyle: "short" });
  return words.say("home.over", {
    how: job.state,
    prompt: shortPrompt(job),
    time: time.format(job.finishedAt ?? job.createdAt),
    kept: job.hasPictures ? "yes" : "no",
  });
}

function buttonsOf(job: JobRecord, tools: MessageTools): readonly ChatButton[] {
  const { words, references } = tools;
  if (job.state === "waiting" || job.state === "running") return [cancelButton(job, tools)];
  if (job.state === "posting") return [];
  const hasResult = job.result !== null && job.hasPictures;
  const again: ChatButton = {
    id: references.write("again", job.id),
    label: words.plain("button.again"),
    emoji: "✏️",
    style: "secondary",
  };
  const resend: ChatButton = {
    id: references.write("resend", job.id),
    label: words.plain("button.resend"),
    emoji: "🖼️",
    style: "secondary",
  };
  return [...(hasResult ? [again, resend] : []), deleteButton(job, tools)];
}

function defaultsSection({ defaults }: HomeContent, tools: MessageTools): ChatHomeSection {
  const { words, references } = tools;
  const change: ChatButton = {
    id: references.write("settings", aboutNoJob),
    label: words.plain("button.settings"),
    emoji: "✏️",
    style: "secondary",
  };
  const clear: ChatButton = {
    id: references.write("defaults", aboutNoJob),
    label: words.plain("home.defaults.clear"),
    emoji: "🧹",
    style: "secondary",
  };
  return {
    text: linesOf(settingsLine("me", defaults, words), words.say("home.defaults")),
    buttons: [change, ...(defaults === "" ? [] : [clear])],
  };
}

function mentionsSection({ mentions }: HomeContent, tools: MessageTools): ChatHomeSection {
  const { own, here } = mentions;
  return {
    text: tools.words.say("answer.mentions", { on: own ? "yes" : "no", here: here ? "yes" : "no" }),
    buttons: [switchButton("mentions", own, own ? "🔕" : "🔔", tools)],
  };
}

function avatarSection(isOn: boolean, tools: MessageTools): ChatHomeSection {
  return {
    text: tools.words.say("answer.avatar", { on: isOn ? "yes" : "no" }),
    buttons: [switchButton("avatar", isOn, isOn ? "🔒" : "🔓", tools)],
  };
}

const switchLabels = {
  mentions: { on: "home.mentions.on", off: "home.mentions.off" },
  avatar: { on: "home.avatar.on", off: "home.avatar.off" },
} as const;

function switchButton(
  name: "mentions" | "avatar",
  isOn: boolean,
  emoji: string,
  { words, references }: MessageTools,
): ChatButton {
  return {
    id: references.write(name, aboutNoJob, isOn ? 0 : 1),
    label: words.plain(switchLabels[name][isOn ? "off" : "on"]),
    emoji,
    style: "secondary",
  };
}

function ruleText({ limits, isPrivate }: HomeContent, words: Words): RichText {
  const { waiting, perDay, cooldown } = limits;
  return words.say("home.rules", {
    ...{ waiting, perDay },
    cooldown: cooldown === 0 ? "none" : words.duration(cooldown / 1000),
    private: isPrivate ? "yes" : "no",
  });
}
