import { z } from "zod";
import { refuse } from "../http/api-error.ts";
import { buckets } from "../http/rate-limits.ts";
import type { Answer, Route, RouteCall } from "../http/rest.ts";
import { type Context, intents } from "../payloads/context.ts";
import { userPayload } from "../payloads/payloads.ts";
import type { Id, Json } from "../types.ts";

/** The application itself and its commands, global and of one guild. */
export function applicationRoutes(context: Context): Route[] {
  const common = { auth: "bot", bucket: buckets.read } as const;
  const places = ["/applications/:application/commands", "/applications/:application/guilds/:guild/commands"];
  return [
    {
      ...common,
      method: "GET",
      path: "/applications/@me",
      handle: () => ({ status: 200, body: applicationPayload(context) }),
    },
    {
      ...common,
      method: "GET",
      path: "/oauth2/applications/@me",
      handle: () => ({ status: 200, body: applicationPayload(context) }),
    },
    ...places.flatMap((path): Route[] => [
      {
        ...common,
        method: "GET",
        path,
        query: { with_localizations: z.enum(["true", "false"]).optional() },
        handle: (call) => ({ status: 200, body: commandsOf(context, call).list }),
      },
      { ...common, method: "PUT", path, body: "commandsPut", handle: (call) => replaceAll(context, call) },
      { ...common, method: "POST", path, body: "commandCreate", handle: (call) => upsert(context, call) },
      {
        ...common,
        method: "PATCH",
        path: `${path}/:command`,
        body: "commandEdit",
        handle: (call) => patch(context, call),
      },
      { ...common, method: "DELETE", path: `${path}/:command`, handle: (call) => remove(context, call) },
    ]),
  ];
}

/** Flags say which privileged intents are switched on ("limited": for bots in fewer than 100 guilds). */
export function applicationFlags(context: Context): number {
  const on = context.settings.privilegedIntents;
  const presence = on.includes("GuildPresences") ? 1 << 13 : 0;
  const members = on.includes("GuildMembers") ? 1 << 15 : 0;
  const content = on.includes("MessageContent") ? 1 << 19 : 0;
  return presence | members | content;
}

/** Intents that the application may not ask for. */
export function refusedIntents(context: Context, asked: number): number {
  const privileged = ["GuildMembers", "GuildPresences", "MessageContent"] as const;
  const off = privileged.filter((name) => !context.settings.privilegedIntents.includes(name));
  return off.reduce((bits, name) => bits | (asked & intents[name]), 0);
}

function applicationPayload(context: Context): Json {
  const { world } = context;
  const bot = userPayload(world.bot);
  return {
    id: world.applicationId,
    name: world.bot.name,
    icon: null,
    description: "",
    bot_public: true,
    bot_require_code_grant: false,
    verify_key: "0".repeat(64),
    flags: applicationFlags(context),
    bot,
    owner: bot,
    team: null,
    redirect_uris: [],
    interactions_endpoint_url: null,
    integration_types_config: { "0": {}, ...(context.settings.userInstall ? { "1": {} } : {}) },
    type: null,
    flags_new: String(applicationFlags(context)),
    role_connections_verification_url: null,
    approximate_guild_count: world.guilds.size,
    approximate_user_install_count: 0,
    approximate_user_authorization_count: 0,
    explicit_content_filter: 0,
    eligible_oauth2_scopes: [],
  };
}

function commandsOf(context: Context, call: RouteCall) {
  const { commands, world } = context;
  if (call.param("application") !== world.applicationId) throw refuse.missingAccess();
  const guild = call.param("guild");
  if (guild === "") {
    return {
      guild: null,
      list: commands.global,
      set(list: readonly Json[]) {
        commands.global = list;
      },
    };
  }
  if (!world.guilds.has(guild)) throw refuse.missingAccess();
  return {
    guild,
    list: commands.guilds.get(guild) ?? [],
    set: (list: readonly Json[]) => void commands.guilds.set(guild, list),
  };
}

function registered(context: Context, body: Json, guild: Id | null, before: Json | undefined): Json {
  const permissions = body.default_member_permissions ?? null;
  return {
    type: 1,
    description: "",
    nsfw: false,
    dm_permission: true,
    integration_types: [0],
    contexts: null,
    ...before,
    ...body,
    id: before?.id ?? context.world.nextId(),
    application_id: context.world.applicationId,
    version: context.world.nextId(),
    default_member_permissions: permissions === null ? null : String(permissions),
    ...(guild === null ? {} : { guild_id: guild }),
  };
}

const same = (a: Json) => (b: Json) => a.name === b.name && (a.type ?? 1) === (b.type ?? 1);

function replaceAll(context: Context, call: RouteCall): Answer {
  const { guild, list, set } = commandsOf(context, call);
  const wanted = call.body as unknown as readonly Json[];
  const result = wanted.map((body) => {
    const before = list.find(same(body));
    return registered(context, body, guild, before && { id: before.id });
  });
  set(result);
  return { status: 200, body: result };
}

function upsert(context: Context, call: RouteCall): Answer {
  const { guild, list, set } = commandsOf(context, call);
  const before = list.find(same(call.body));
  const command = registered(context, call.body, guild, before && { id: before.id });
  set([...list.filter((each) => each !== before), command]);
  return { status: before ? 200 : 201, body: command };
}

function patch(context: Context, call: RouteCall): Answer {
  const { guild, list, set } = commandsOf(context, call);
  const before = list.find(({ id }) => id === call.param("command"));
  if (!before) throw refuse.unknownCommand();
  const command = registered(context, call.body, guild, before);
  set(list.map((each) => (each === before ? command : each)));
  return { status: 200, body: command };
}

function remove(context: Context, call: RouteCall): Answer {
  const { list, set } = commandsOf(context, call);
  const rest = list.filter(({ id }) => id !== call.param("command"));
  if (rest.length === list.length) throw refuse.unknownCommand();
  set(rest);
  return { status: 204 };
}
