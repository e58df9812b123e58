import { SlackApiError } from "../http/api-error.ts";
import type { FakeUser, Json } from "../types.ts";
import type { World } from "../world/world.ts";
import { flag, id, type Method, method } from "./method.ts";

export const identityMethods: Record<string, Method> = {
  "auth.test": method(null, {}, (_, { team, world }) => ({
    url: `https://${team.domain}.slack.com/`,
    team: team.name,
    user: team.botUser.name,
    team_id: team.id,
    user_id: team.botUser.id,
    bot_id: team.botId,
    app_id: world.appId,
    is_enterprise_install: false,
  })),

  "bots.info": method("users:read", { bot: id.optional() }, ({ bot }, { team, world }) => {
    if (bot !== team.botId) throw new SlackApiError("bot_not_found");
    const { name, id: user } = team.botUser;
    return {
      bot: { id: bot, deleted: false, name, updated: 0, app_id: world.appId, user_id: user, icons: {} },
    };
  }),

  "team.info": method("team:read", { team: id.optional() }, (args, { team }) => {
    if (args.team !== undefined && args.team !== team.id) throw new SlackApiError("team_not_found");
    return { team: { id: team.id, name: team.name, domain: team.domain, email_domain: "", icon: {} } };
  }),

  "users.info": method(
    "users:read",
    { user: id, include_locale: flag.optional() },
    (args, { team, world }) => {
      const user = world.users.get(args.user);
      if (user === undefined || user.team !== team.id) throw new SlackApiError("user_not_found");
      return { user: userJson(world, user, args.include_locale === true) };
    },
  ),
};

/** Pictures of members lie on a host of their own, which takes no token. */
function avatarOrigin({ origin }: World): string {
  return origin.replace("127.0.0.1", "localhost");
}

/** A user object; the locale comes only where it was asked for. */
export function userJson(world: World, user: FakeUser, withLocale: boolean): Json {
  const bot = world.teams.get(user.team)?.botId;
  return {
    id: user.id,
    team_id: user.team,
    name: user.name,
    deleted: false,
    real_name: user.name,
    tz: user.timezone,
    tz_label: user.timezone,
    tz_offset: 3600,
    ...(withLocale ? { locale: user.locale } : {}),
    profile: {
      real_name: user.name,
      display_name: user.name,
      ...(user.avatar
        ? { image_original: `${avatarOrigin(world)}/avatars/${user.id}.png`, is_custom_image: true }
        : { image_512: "https://secure.gravatar.com/avatar/0.png", is_custom_image: false }),
      team: user.team,
      ...(user.isBot ? { bot_id: bot } : {}),
    },
    is_admin: user.isAdmin,
    is_owner: user.isOwner,
    is_primary_owner: false,
    is_restricted: false,
    is_ultra_restricted: false,
    is_bot: user.isBot,
    is_app_user: false,
    updated: 0,
  };
}
