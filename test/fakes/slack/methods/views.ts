import { invalid, SlackApiError } from "../http/api-error.ts";
import { id, jsonObject, type Method, method, text } from "./method.ts";

export const viewMethods: Record<string, Method> = {
  "views.open": method(null, { trigger_id: id, view: jsonObject }, (args, { team, interactions }) => ({
    view: interactions.openView(team, args.trigger_id, args.view, "open"),
  })),

  "views.push": method(null, { trigger_id: id, view: jsonObject }, (args, { team, interactions }) => ({
    view: interactions.openView(team, args.trigger_id, args.view, "push"),
  })),

  // https://docs.slack.dev/reference/methods/views.publish
  "views.publish": method(
    null,
    { user_id: id, view: jsonObject, hash: text.optional() },
    (args, { team, world, interactions }) => {
      if (!world.settings.homeTab) throw new SlackApiError("not_enabled");
      if (JSON.stringify(args.view).length > maxHomeBytes) throw new SlackApiError("view_too_large");
      const user = world.users.get(args.user_id);
      if (user?.team !== team.id || user.isBot) throw invalid("invalid_arguments", ["invalid `user_id`"]);
      return { view: interactions.publishHome(user, args.view, args.hash) };
    },
  ),

  "views.update": method(
    null,
    { view: jsonObject, view_id: id.optional(), external_id: id.optional(), hash: text.optional() },
    (args, { team, world, interactions }) => {
      const view = [...world.views.values()].find(
        (one) =>
          one.team === team.id &&
          (args.view_id === undefined
            ? one.content.external_id === args.external_id && args.external_id !== undefined
            : one.id === args.view_id),
      );
      if (view === undefined || view.state !== "open") throw new SlackApiError("not_found");
      if (args.hash !== undefined && args.hash !== view.hash) throw new SlackApiError("hash_conflict");
      return { view: interactions.updateView(view, args.view) };
    },
  ),
};

const maxHomeBytes = 250_000;
