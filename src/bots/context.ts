import type { RichText } from "../locales/rich-text.ts";
import type { Words } from "../locales/words.ts";
import type { Scheduler } from "../queue/scheduler.ts";
import type { JobRecord, Store } from "../store/store.ts";
import type { Box } from "../types.ts";
import type { AdapterLog, ChatEvent, ChatMessage, ChatPlatform, Member, Place, Responder } from "./chat.ts";
import { messageActionName } from "./commands/specs.ts";
import type { Delivery } from "./delivery/delivery.ts";
import { Refusal } from "./intake/admission.ts";
import type { Intake } from "./intake/intake.ts";
import type { JobFiles } from "./intake/job-files.ts";
import type { Limits, Settings } from "./intake/settings.ts";
import type { References } from "./messages/references.ts";
import type { Renditions } from "./messages/renditions.ts";
import type { InTurn } from "./turns.ts";

/** What commands work with; made once. */
export interface BotServices {
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly settings: Settings;
  readonly intake: Intake;
  readonly delivery: Delivery;
  readonly renditions: Renditions;
  readonly references: References;
  readonly files: JobFiles;
  /** The squares around a spot of a picture, smallest first: `proposeBoxes` of the pipeline. */
  readonly boxesAround: (
    spot: { readonly x: number; readonly y: number },
    picture: { readonly width: number; readonly height: number },
    sizes: number,
  ) => readonly Box[];
  /** `PLATFORM:ID` of people who are admins everywhere. */
  readonly admins: readonly string[];
  readonly standardLimits: Limits;
  readonly keepDays: number;
  readonly maxUploadBytes: number;
  /** The operator has given the workers a safety model. */
  readonly checksSafety: boolean;
  readonly wordsIn: (locale: string) => Words;
  readonly clock: () => number;
  /** Changes of the same job's view go one after another, so that none is lost. */
  readonly inTurn: InTurn;
  readonly log: AdapterLog;
  readonly signal: AbortSignal;
}

/** Events that are answered: all but reactions. */
export type AnsweredEvent = Exclude<ChatEvent, { readonly kind: "reaction" }>;
type OfKind<K extends ChatEvent["kind"]> = Extract<ChatEvent, { readonly kind: K }>;
export type CommandEvent = OfKind<"command">;
export type MisreadEvent = OfKind<"misread">;
export type ButtonEvent = OfKind<"button">;
export type ModalEvent = OfKind<"modal">;
export type MentionEvent = OfKind<"mention">;
export type MessageActionEvent = OfKind<"message-action">;
export type ReactionEvent = OfKind<"reaction">;

/** One event and all that its handler may use. */
export interface Context<E extends AnsweredEvent = AnsweredEvent> {
  readonly event: E;
  readonly platform: ChatPlatform;
  readonly words: Words;
  readonly services: BotServices;
}

/** A handler acknowledges first; what it throws is told to the member in their language. */
export type Handler<E extends AnsweredEvent> = (context: Context<E>) => Promise<void>;

/** A message of text alone. */
export function textMessage(text: RichText): ChatMessage {
  return { text, pictures: [], buttons: [] };
}

/** Admins by the platform's permissions or by the configuration. */
export function isAdmin(member: Member, place: Place, { admins }: Pick<BotServices, "admins">): boolean {
  return member.isAdmin || admins.includes(`${place.platform}:${member.id}`);
}

/** @throws Refusal `not-allowed` */
export function requireAdmin({ event, services }: Context): void {
  if (!isAdmin(event.member, event.place, services))
    throw new Refusal("not-allowed", "Expected an admin, got somebody else.");
}

/**
 * A job that a button names, for somebody who may see it: its owner, or, unless it is private, whoever is in the same guild
 * or workspace.
 * @throws Refusal `reference-expired` where it is not kept any more, `reference-invalid` where it belongs elsewhere
 */
export async function requireJob(
  id: string,
  {
    event,
    services,
  }: { readonly event: Pick<ChatEvent, "member" | "place">; readonly services: BotServices },
): Promise<JobRecord> {
  const job = await services.store.jobs.find(id);
  if (!job) throw new Refusal("reference-expired", `Expected job ${id} in the store, got none.`);
  if (isOwner(job, event)) return job;
  const isShared = !job.isPrivate && !job.askedIn.isDirect;
  const isHere =
    job.owner.platform === event.place.platform && job.askedIn.workspace === event.place.workspace;
  if (isShared && isHere) return job;
  throw new Refusal("reference-invalid", `Expected job ${id} to be of this place, got another's.`);
}

export function isOwner(job: JobRecord, { member, place }: Pick<ChatEvent, "member" | "place">): boolean {
  return job.owner.platform === place.platform && job.owner.user === member.id;
}

/** @throws Refusal `not-allowed` where it is neither the owner nor an admin */
export function requireOwnerOrAdmin(job: JobRecord, { event, services }: Context): void {
  if (isOwner(job, event) || isAdmin(event.member, event.place, services)) return;
  throw new Refusal("not-allowed", "Expected the job's owner or an admin, got somebody else.", {
    isOwners: 1,
  });
}

export function say(responder: Responder, text: RichText): Promise<void> {
  return responder.say(textMessage(text));
}

/** The entry in the menu of a message, as it stands there. */
export function menuEntry({ platform, words }: Pick<Context, "platform" | "words">): string {
  return platform.capabilities.translatesCommands ? words.plain("action.edit") : messageActionName;
}

/** What was asked for, short enough for a line of a list. */
export function shortPrompt({ request: { prompt } }: Pick<JobRecord, "request">): string {
  return prompt.length > longestInList ? `${[...prompt].slice(0, longestInList - 1).join("")}…` : prompt;
}

const longestInList = 60;

/** How a command is typed here, as literal text. */
export function typed(platform: ChatPlatform, command: string): string {
  return command === "edit"
    ? "/edit"
    : platform.capabilities.picturesInCommands
      ? `/${command}`
      : `/lrbot ${command}`;
}
