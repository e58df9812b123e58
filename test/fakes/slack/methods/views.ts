import { SlackApiError } from "../http/api-error.ts";
import { id, jsonObject, type Method, method, text } from "./method.ts";

export const viewMethods: Record<string, Method> = {
  "views.open": method(null, { trigger_id: id, view: jsonObject }, (args, { team, interactions }) => ({
    view: interactions.openView(team, args.trigger_id, args.view, "open"),
  })),

  "views.push": method(null, { trigger_id: id, view: jsonObject }, (args, { team, interactions }) => ({
    view: interactions.openView(team, args.trigger_id, args.view, "push"),
  })),

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
