import type { FakeChannel, FakeTeam, FakeUser, Json } from "../types.ts";
import type { World } from "../world/world.ts";

/** What every interaction payload says about who, where and for which app. */
export function interactionBasics(world: World, user: FakeUser): Json {
  const team = teamOf(world, user);
  return {
    token: world.verificationToken,
    api_app_id: world.appId,
    team: { id: team.id, domain: team.domain },
    user: { id: user.id, username: user.name, name: user.name, team_id: team.id },
    enterprise: null,
    is_enterprise_install: false,
  };
}

/** A slash command's fields. */
export function slashPayload(
  world: World,
  user: FakeUser,
  channel: FakeChannel,
  command: {
    readonly command: string;
    readonly text: string;
    readonly trigger: string;
    readonly url: string;
  },
): Json {
  const team = teamOf(world, user);
  return {
    token: world.verificationToken,
    team_id: team.id,
    team_domain: team.domain,
    channel_id: channel.id,
    channel_name: channel.kind === "private" ? "privategroup" : channel.name,
    user_id: user.id,
    user_name: user.name,
    command: command.command,
    text: command.text,
    api_app_id: world.appId,
    is_enterprise_install: "false",
    response_url: command.url,
    trigger_id: command.trigger,
  };
}

export function teamOf(world: World, user: FakeUser): FakeTeam {
  const team = world.teams.get(user.team);
  if (team === undefined) throw new Error(`Expected a known workspace, got ${user.team}`);
  return team;
}

export function channelOf(world: World, id: string): FakeChannel {
  const channel = world.channels.get(id);
  if (channel === undefined) throw new Error(`Expected a known channel, got ${id}`);
  return channel;
}
