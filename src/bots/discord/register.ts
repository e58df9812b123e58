import {
  type APIApplication,
  type APIApplicationCommand,
  ApplicationIntegrationType,
  OAuth2Scopes,
  PermissionFlagsBits,
  REST,
  Routes,
} from "discord.js";
import { systemClocks } from "../../clocks.ts";
import { type RetryPolicy, retry } from "../../retry.ts";
import type { AdapterLog } from "../chat.ts";
import { type CommandTexts, commandBodiesOf } from "./commands.ts";
import { refusedToken, requireTokenForm } from "./connection.ts";
import { attempt, isRefusedToken } from "./failures.ts";
import { createTransport } from "./transport.ts";

/** What the bot needs in a server, and nothing that its work does not take; docs/discord.md has the reasons. */
const permissions =
  PermissionFlagsBits.ViewChannel |
  PermissionFlagsBits.SendMessages |
  PermissionFlagsBits.SendMessagesInThreads |
  PermissionFlagsBits.AttachFiles |
  PermissionFlagsBits.AddReactions |
  PermissionFlagsBits.ReadMessageHistory;

export interface RegisterOptions extends CommandTexts {
  readonly token: string;
  /** Another root of the REST interface without version; Discord's own where `null`. */
  readonly apiUrl: string | null;
  /** Asked of Discord where left out. */
  readonly applicationId?: string;
  /** Registers in one server alone, at once visible there: for trying out. */
  readonly guild?: string;
  readonly log: AdapterLog;
}

/** What was registered, and where an admin adds the bot to a server. */
export interface Registration {
  readonly applicationId: string;
  readonly commands: readonly string[];
  readonly inviteUrl: string;
  /** Where people add it to their account; `null` where they may not. */
  readonly userInstallUrl: string | null;
  /** They may, and the app's own settings at Discord do not let them yet. */
  readonly lacksUserInstall: boolean;
}

/**
 * Puts the commands in place of whatever was registered before.
 * @throws EditError `usage` where Discord refuses the token; ChatError `unavailable`, `rate-limited`, `rejected`
 */
export async function registerDiscord(options: RegisterOptions): Promise<Registration> {
  requireTokenForm(options.token);
  const rest = new REST(createTransport(options.apiUrl, systemClocks).options).setToken(options.token);
  try {
    const applicationId = options.applicationId ?? (await askApplicationId(rest));
    const commands = await putCommands(rest, { ...options, applicationId });
    options.log("info", "registered the Discord commands", {
      commands,
      guild: options.guild ?? "all servers",
    });
    const { forUsers = false } = options;
    return {
      ...{ applicationId, commands, inviteUrl: inviteUrlOf(applicationId) },
      userInstallUrl: forUsers ? userInstallUrlOf(applicationId) : null,
      lacksUserInstall: forUsers && !(await isForUsers(rest)),
    };
  } finally {
    rest.clearHandlerSweeper();
    rest.clearHashSweeper();
  }
}

/** The page on which an admin adds the bot to a server, with the scopes and permissions that it takes. */
export function inviteUrlOf(applicationId: string): string {
  const query = new URLSearchParams({
    client_id: applicationId,
    scope: [OAuth2Scopes.Bot, OAuth2Scopes.ApplicationsCommands].join(" "),
    permissions: permissions.toString(),
    integration_type: String(ApplicationIntegrationType.GuildInstall),
  });
  return `https://discord.com/oauth2/authorize?${query}`;
}

/** The page on which somebody adds the bot to their own account. */
export function userInstallUrlOf(applicationId: string): string {
  const query = new URLSearchParams({
    client_id: applicationId,
    scope: OAuth2Scopes.ApplicationsCommands,
    integration_type: String(ApplicationIntegrationType.UserInstall),
  });
  return `https://discord.com/oauth2/authorize?${query}`;
}

/** Whether the app's settings let people add it to their account. */
async function isForUsers(rest: REST): Promise<boolean> {
  const aim = { to: "say how the app is installed" };
  const application = await attempt(aim, () => withToken(rest.get(Routes.currentApplication())));
  const ways = (application as APIApplication).integration_types_config ?? {};
  return ways[ApplicationIntegrationType.UserInstall] !== undefined;
}

/** Registers all commands, and gives their names. */
export async function putCommands(
  rest: REST,
  options: CommandTexts & {
    readonly applicationId: string;
    readonly guild?: string;
    readonly signal?: AbortSignal;
  },
): Promise<string[]> {
  const { applicationId, guild, signal } = options;
  const body = commandBodiesOf(options);
  const route = guild
    ? Routes.applicationGuildCommands(applicationId, guild)
    : Routes.applicationCommands(applicationId);
  const aim = { to: "register the commands", ...(signal ? { signal } : {}) };
  await attempt(aim, (own) => withToken(rest.put(route, { body, signal: own })));
  return body.map(({ name }) => name);
}

/** Pauses between looks at what is registered: another process may be starting, or be of an older version. Milliseconds. */
const looks: RetryPolicy = { pauses: { first: 2_000, longest: 60_000 } };

/**
 * Resolves once the commands are registered such that Discord holds back those for admins, as another process does.
 * @throws EditError `cancelled`
 */
export async function untilRegistered(
  rest: REST,
  options: CommandTexts & { readonly applicationId: string; readonly signal: AbortSignal },
): Promise<void> {
  const { applicationId, signal } = options;
  const heldBack = commandBodiesOf(options).flatMap((body) =>
    "default_member_permissions" in body && body.default_member_permissions ? [body] : [],
  );
  const aim = { to: "say which commands are registered", signal };
  const look = async () => {
    const answer = await attempt(aim, (own) =>
      withToken(rest.get(Routes.applicationCommands(applicationId), { signal: own })),
    );
    const registered = answer as APIApplicationCommand[];
    const isHeldBack = ({ name, default_member_permissions: asked }: (typeof heldBack)[number]) =>
      registered.some((one) => one.name === name && one.default_member_permissions === asked);
    if (!heldBack.every(isHeldBack)) throw new Error("Expected the commands to be registered, got others.");
  };
  await retry(look, looks, { signal });
}

async function askApplicationId(rest: REST): Promise<string> {
  const aim = { to: "say which application the token is of" };
  const application = await attempt(aim, () => withToken(rest.get(Routes.currentApplication())));
  return (application as APIApplication).id;
}

async function withToken<T>(request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    throw isRefusedToken(error) ? refusedToken() : error;
  }
}
