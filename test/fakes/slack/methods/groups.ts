import { SlackApiError } from "../http/api-error.ts";
import type { FakeGroup, Json } from "../types.ts";
import { flag, id, type Method, method } from "./method.ts";

// https://docs.slack.dev/reference/methods/usergroups.list and usergroups.users.list

export const groupMethods: Record<string, Method> = {
  "usergroups.list": method(
    "usergroups:read",
    { include_count: flag.optional(), include_disabled: flag.optional(), include_users: flag.optional() },
    (args, { team, world }) => ({
      usergroups: [...world.groups.values()]
        .filter((group) => group.team === team.id && (args.include_disabled || !group.isDisabled))
        .map((group) => ({
          ...groupJson(group),
          ...(args.include_users ? { users: [...group.users] } : {}),
          ...(args.include_count ? { user_count: group.users.size } : {}),
        })),
    }),
  ),

  "usergroups.users.list": method(
    "usergroups:read",
    { usergroup: id, include_disabled: flag.optional() },
    (args, { team, world }) => {
      const group = world.groups.get(args.usergroup);
      if (group?.team !== team.id) throw new SlackApiError("no_such_subteam");
      return { users: [...group.users] };
    },
  ),
};

function groupJson({ id: group, team, handle, isDisabled }: FakeGroup): Json {
  return {
    id: group,
    team_id: team,
    is_usergroup: true,
    name: handle,
    description: "",
    handle,
    is_external: false,
    date_create: 1,
    date_update: 1,
    date_delete: isDisabled ? 1 : 0,
    auto_type: null,
    prefs: { channels: [], groups: [] },
  };
}
