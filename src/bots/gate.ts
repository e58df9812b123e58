import { EditError } from "../errors.ts";
import { personOf } from "../store/jobs.ts";
import type { ChatEvent, Member, Place } from "./chat.ts";
import { everywhere, isAnsweredIn, isUnreadable, type Settings, scopeOf } from "./intake/settings.ts";
import type { Action, References } from "./messages/references.ts";
import { isModerator } from "./moderators.ts";
import { Refusal } from "./refusal.ts";

// Who may do anything at all, and where: asked before every event, of whatever kind, is answered.

type Workspace = Pick<Place, "platform" | "workspace">;

export interface Gate {
  /**
   * Lets an event through or says why not. Whom the configuration names as an admin is never blocked, and a block of here, which
   * a moderator may have set, keeps no admin from lifting it; `/forget` is open to
   * everybody everywhere, `/help` to those who are blocked too; admins and moderators steer in every channel, and what cannot be read does not keep them from mending it.
   * @throws EditError `member-blocked`, `outside-refused`, `settings-unreadable`; Refusal `channel-refused`
   */
  check(event: ChatEvent): Promise<void>;
  /** @throws EditError `member-blocked`, `settings-unreadable` */
  requireUnblocked(member: Pick<Member, "id">, workspace: Workspace): Promise<void>;
}

export interface GateParts {
  readonly settings: Settings;
  readonly references: References;
  /** `PLATFORM:ID` of people who are admins everywhere. */
  readonly admins: readonly string[];
  /** Members may use it where it is not. */
  readonly takesOutside: boolean;
  /** True of the names of commands that are for admins. */
  readonly isAdminCommand: (name: string) => boolean;
}

export function createGate({ settings, references, admins, takesOutside, isAdminCommand }: GateParts): Gate {
  async function requireUnblocked(
    { id }: Pick<Member, "id">,
    workspace: Workspace,
    { isAdminHere = false } = {},
  ): Promise<void> {
    const person = personOf({ platform: workspace.platform, user: id });
    if (admins.includes(person)) return;
    const [byOperator, here] = await Promise.all([
      settings.get(everywhere, "blocked"),
      isAdminHere ? ([] as const) : settings.get(scopeOf(workspace), "blocked"),
    ]);
    if (byOperator.includes(person) || here.some((each) => each === id)) {
      throw new EditError("member-blocked", "Expected a member who may use the bot, got a blocked one.");
    }
  }

  async function requireAnswered(place: Place): Promise<void> {
    if (place.isDirect) return;
    const rules = await settings.get(scopeOf(place), "channels");
    if (isAnsweredIn(place, rules)) return;
    throw new Refusal(
      { code: "channel-refused", channels: rules.allowed ?? [] },
      "Expected a channel that the bot answers in, got another.",
    );
  }

  /** What cannot be read gives nobody anything; the command itself says so. */
  async function mayModerate(event: ChatEvent): Promise<boolean> {
    return isModerator(event, settings).catch((error) => {
      if (isUnreadable(error)) return false;
      throw error;
    });
  }

  return {
    requireUnblocked,
    async check(event) {
      const { member, place } = event;
      if (isForgetting(event, references)) return;
      if (place.isOutside && !takesOutside) {
        throw new EditError("outside-refused", "Expected a place that the bot is in, got another.");
      }
      const steers = event.kind === "misread" || (event.kind === "command" && isAdminCommand(event.name));
      const isAdminHere = isAdmin(event, admins) && member.isAdminByLeave !== true;
      if (steers && (isAdmin(event, admins) || (await mayModerate(event)))) {
        await requireUnblocked(member, place, { isAdminHere }).catch((error) => {
          if (!isUnreadable(error)) throw error;
        });
        return;
      }
      if (event.kind !== "command" || event.name !== "help") await requireUnblocked(member, place);
      if (!isTakingBack(event, references)) await requireAnswered(place);
    },
  };
}

/** True of those whom the configuration names as admins everywhere. */
export function isNamedAdmin(
  { member, place }: Pick<ChatEvent, "member" | "place">,
  admins: readonly string[],
): boolean {
  return admins.includes(personOf({ platform: place.platform, user: member.id }));
}

/** An admin by the platform's permissions or by the configuration. */
export function isAdmin(event: Pick<ChatEvent, "member" | "place">, admins: readonly string[]): boolean {
  return event.member.isAdmin || isNamedAdmin(event, admins);
}

/** `/forget`, and the button that confirms it. */
function isForgetting(event: ChatEvent, references: References): boolean {
  if (event.kind === "command") return event.name === "forget";
  return event.kind === "button" && actionOf(event.button, references) === "forget";
}

/** What removes or stops something works wherever it is shown, also in a channel that was closed afterwards. */
function isTakingBack(event: ChatEvent, references: References): boolean {
  if (event.kind !== "button") return false;
  const action = actionOf(event.button, references);
  return action === "delete" || action === "cancel";
}

/** `null` of a button that is none of ours: whoever answers it says so. */
function actionOf(button: string, references: References): Action | null {
  try {
    return references.read(button).action;
  } catch (error) {
    if (error instanceof EditError) return null;
    throw error;
  }
}
