import { EditError } from "../errors.ts";
import type { JobRecord } from "../store/jobs.ts";
import type { ChatEvent, ChatPlatform, Place } from "./chat.ts";
import type { CommandSpec } from "./commands/command-spec.ts";
import type { BotServices, Context } from "./context.ts";
import { isAdmin, isNamedAdmin } from "./gate.ts";
import { isModerator, moderatesBy } from "./moderators.ts";

// Who may see and do what: asked by the bot itself, whatever a platform let through.

type Asker = Pick<ChatEvent, "member" | "place">;

/**
 * Who may use an admin's command: admins by the platform's permissions or by the configuration, and moderators whom it was
 * given. A moderator whom a server's settings let send the command is no admin for that. Gives the context in which the
 * command runs, where moderators are no admins.
 * @throws EditError `not-allowed`, `settings-unreadable`
 */
export async function requireSteering<C extends Context>(
  context: C,
  { name, isDelegable = false }: Pick<CommandSpec, "name" | "isDelegable">,
): Promise<C> {
  const { event, services } = context;
  const { member } = event;
  const isByLeave = member.isAdminByLeave === true && !isNamedAdmin(event, services.admins);
  if (isAdmin(event, services.admins) && !isByLeave) return context;
  if (isDelegable && (await moderatesBy(name, event, services.settings)))
    return { ...context, event: { ...event, member: { ...member, isAdmin: false } } };
  if (isByLeave && !(await isModerator(event, services.settings))) return context;
  throw new EditError("not-allowed", `Expected an admin, or a moderator with ${name}, got somebody else.`);
}

/**
 * A job that a button names, for somebody who may see it: its owner, or, unless it is private, whoever is in the same guild
 * or workspace. Who is blocked in the job's guild or workspace does nothing with it from elsewhere, such as a direct message.
 * @throws EditError `member-blocked`; `reference-expired` where it is not kept any more, `reference-invalid` where it belongs elsewhere
 */
export async function requireJob(
  id: string,
  { event, services }: { readonly event: Asker; readonly services: BotServices },
): Promise<JobRecord> {
  const job = await services.store.jobs.find(id);
  if (!job) throw new EditError("reference-expired", `Expected job ${id} in the store, got none.`);
  if (!isOfHere(job, event)) await services.gate.requireUnblocked(event.member, job.owner);
  if (isOwner(job, event)) return job;
  const isShared = !job.isPrivate && !job.askedIn.isDirect;
  if (isShared && isOfHere(job, event)) return job;
  throw new EditError("reference-invalid", `Expected job ${id} to be of this place, got another's.`);
}

/** True of the member who asked for the job. */
export function isOwner(job: JobRecord, { member, place }: Asker): boolean {
  return job.owner.platform === place.platform && job.owner.user === member.id;
}

/** @throws EditError `not-yours` where it is neither the owner nor an admin nor a moderator who may cancel; `settings-unreadable` */
export async function requireOwnerOrAdmin(job: JobRecord, { event, services }: Context): Promise<void> {
  if (isOwner(job, event) || isAdmin(event, services.admins)) return;
  if (isOfHere(job, event) && (await moderatesBy("admin cancel", event, services.settings))) return;
  throw new EditError("not-yours", "Expected the job's owner or an admin, got somebody else.");
}

/** True where the job's guild or workspace is the one that the event came from. */
export function isOfHere(job: JobRecord, { place }: Asker): boolean {
  return job.owner.platform === place.platform && job.owner.workspace === place.workspace;
}

/**
 * Operators steer what all workspaces share, such as lanes: those whom the configuration names. Where it names nobody, the
 * admins of the one workspace that is served; where several are, nobody.
 */
export function isOperator({ event, services: { admins, isOnlyWorkspace } }: Context): boolean {
  if (event.member.isOperator === true || isNamedAdmin(event, admins)) return true;
  return admins.length === 0 && event.member.isAdmin && isOnlyWorkspace(event.place);
}

/** @throws EditError `operators-only` */
export function requireOperator(context: Context): void {
  if (isOperator(context)) return;
  throw new EditError("operators-only", "Expected an operator named in LRBOT_ADMINS, got another admin.");
}

/** Where a bot over these platforms works in one guild or workspace alone: whether that is the place's. */
export function isOnlyWorkspace(
  { platform, workspace }: Pick<Place, "platform" | "workspace">,
  platforms: readonly Pick<ChatPlatform, "name" | "workspaces" | "isPart">[],
): boolean {
  // What is not known yet, or served by other processes, may be many.
  if (platforms.some(({ workspaces, isPart = false }) => workspaces === null || isPart)) return false;
  const told = platforms.flatMap(({ name, workspaces }) => (workspaces ?? []).map((id) => `${name}:${id}`));
  return workspace !== null && new Set([...told, `${platform}:${workspace}`]).size === 1;
}
