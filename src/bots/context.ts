import type { RichText } from "../locales/rich-text.ts";
import type { Words } from "../locales/words.ts";
import type { Scheduler } from "../queue/scheduler.ts";
import type { JobRecord, Owner } from "../store/jobs.ts";
import type { Store } from "../store/store.ts";
import type { Box, CheckedMarks } from "../types.ts";
import type { AdapterLog, ChatEvent, ChatPlatform, Place, Responder } from "./chat.ts";
import { type CommandSpec, messageActionName } from "./commands/command-spec.ts";
import type { Delivery } from "./delivery/delivery.ts";
import type { Removal } from "./delivery/removal.ts";
import type { Gate } from "./gate.ts";
import type { Homes } from "./homes.ts";
import type { Admission } from "./intake/admission.ts";
import type { EditOption } from "./intake/edit-options.ts";
import type { Intake } from "./intake/intake.ts";
import type { JobFiles } from "./intake/job-files.ts";
import type { OfferedPack } from "./intake/painter.ts";
import type { Limits, Settings } from "./intake/settings.ts";
import type { LogChannel } from "./log-channel.ts";
import type { References } from "./messages/references.ts";
import type { Renditions } from "./messages/renditions.ts";
import type { Studies } from "./study/studies.ts";
import type { InTurn } from "./turns.ts";

/** What commands and other events are answered with; made once. */
export interface BotServices {
  /** All commands that there are. */
  readonly commands: readonly CommandSpec[];
  readonly store: Store;
  readonly scheduler: Scheduler;
  readonly settings: Settings;
  readonly gate: Gate;
  readonly admission: Admission;
  readonly intake: Intake;
  readonly delivery: Delivery;
  readonly removal: Removal;
  readonly logChannel: LogChannel;
  readonly homes: Homes;
  readonly renditions: Renditions;
  readonly references: References;
  readonly studies: Studies;
  readonly files: JobFiles;
  /** The squares around a spot of a picture, smallest first: `proposeBoxes` of the pipeline. */
  readonly boxesAround: (
    spot: { readonly x: number; readonly y: number },
    picture: { readonly width: number; readonly height: number },
    sizes: number,
  ) => readonly Box[];
  /** `PLATFORM:ID` of people who are admins everywhere. */
  readonly admins: readonly string[];
  /** True where the bot is known to serve this guild or workspace and no other, on any platform. */
  readonly isOnlyWorkspace: (place: Pick<Place, "platform" | "workspace">) => boolean;
  /** True where other processes serve other guilds of the same bot: what holds everywhere holds in this one's alone. */
  readonly isPart: boolean;
  readonly standardLimits: Limits;
  /** Packs that members may choose among, the first where none is chosen. */
  readonly packNames: readonly string[];
  readonly keepDays: number;
  /** English words of the pack's lists, in lower case; empty where they are not known. */
  readonly knownWords: ReadonlySet<string>;
  readonly maxUploadBytes: number;
  /** What members may say of an edit besides its words and its picture. */
  readonly editOptions: readonly EditOption[];
  /** What edits are painted with; the first where nothing is chosen. */
  readonly packs: readonly OfferedPack[];
  /** What a picture's file carries that says how it came about. @throws EditError `picture-*`, as the picture worker */
  readonly checkMarks: (file: string, person: string) => Promise<CheckedMarks>;
  /** The operator has given the workers a safety model. */
  readonly checksSafety: boolean;
  readonly wordsIn: (locale: string) => Words;
  readonly clock: () => number;
  /** Changes of the same job's view go one after another, so that none is lost. */
  readonly inTurn: InTurn;
  readonly log: AdapterLog;
  readonly signal: AbortSignal;
}

/** Events that are answered. */
export type AnsweredEvent = Exclude<ChatEvent, { readonly kind: "reaction" | "home" }>;
type OfKind<K extends ChatEvent["kind"]> = Extract<ChatEvent, { readonly kind: K }>;
export type CommandEvent = OfKind<"command">;
export type MisreadEvent = OfKind<"misread">;
export type ButtonEvent = OfKind<"button">;
export type ModalEvent = OfKind<"modal">;
export type BoxEvent = OfKind<"box">;
export type MentionEvent = OfKind<"mention">;
export type MessageActionEvent = OfKind<"message-action">;
export type MarkCheckEvent = OfKind<"mark-check">;
export type ReactionEvent = OfKind<"reaction">;
export type HomeEvent = OfKind<"home">;

/** One event and all that its answer may use; whoever answers acknowledges first. What is thrown is told to the member. */
export interface Context<E extends AnsweredEvent = AnsweredEvent> {
  readonly event: E;
  readonly platform: ChatPlatform;
  readonly words: Words;
  readonly services: BotServices;
}

/** Whose event it is, in whatever workspace of the platform. */
export function ownerOf({ place, member }: Pick<ChatEvent, "place" | "member">): Omit<Owner, "workspace"> {
  return { platform: place.platform, user: member.id };
}

/** Answers with text alone. */
export function say(responder: Responder, text: RichText): Promise<void> {
  return responder.say({ text, pictures: [], buttons: [] });
}

/** The entry in the menu of a message, as it stands there. */
export function menuEntry({ platform, words }: Pick<Context, "platform" | "words">): string {
  return platform.capabilities.translatesCommands ? words.plain("action.edit") : messageActionName;
}
