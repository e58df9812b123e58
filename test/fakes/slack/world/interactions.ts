import { randomBytes } from "node:crypto";
import { problemsOfHome, problemsOfView, withIds } from "../blocks/check.ts";
import { invalid, SlackApiError } from "../http/api-error.ts";
import type { FakeTeam, FakeUser, FakeView, Id, Json } from "../types.ts";
import type { World } from "./world.ts";

/** Trigger ids and the modals that they open. https://docs.slack.dev/surfaces/modals */
export interface Interactions {
  /** A trigger id for what a member does; `opened` fills with the modals that it opens. */
  issueTrigger(user: FakeUser): { readonly id: string; readonly opened: FakeView[] };
  /** @throws SlackApiError `invalid_trigger_id`, `expired_trigger_id`, `exchanged_trigger_id`, `push_limit_reached` */
  openView(team: FakeTeam, triggerId: string, view: Json, how: "open" | "push"): Json;
  /** @throws SlackApiError `invalid_arguments` */
  updateView(view: FakeView, content: Json): Json;
  /** A member's Home tab; `hash` is that of what it replaces. @throws SlackApiError `invalid_arguments`, `hash_conflict` */
  publishHome(user: FakeUser, content: Json, hash: string | undefined): Json;
  /** `null` where nothing was published. */
  homeOf(user: Id): FakeView | null;
  /** Puts a view on top of a member's modal, as `response_action: "push"` does. */
  pushView(user: FakeUser, content: Json): FakeView;
  /** A member's modal, the visible view last. */
  stackOf(user: Id): readonly FakeView[];
  /** The view's answer to the bot, with the state that the member has given it. */
  viewJson(view: FakeView, values?: Json): Json;
}

/** Views that a modal can have above one another. */
const maxStack = 3;

export function createInteractions(world: World): Interactions {
  const triggers = new Map<
    string,
    { readonly user: FakeUser; readonly at: number; isUsed: boolean; readonly opened: FakeView[] }
  >();

  const interactions: Interactions = {
    issueTrigger(user) {
      const id = `${triggers.size + 1}.${user.team.slice(1)}.${randomBytes(16).toString("hex")}`;
      const opened: FakeView[] = [];
      triggers.set(id, { user, at: world.clock.now(), isUsed: false, opened });
      return { id, opened };
    },
    openView(team, triggerId, content, how) {
      const trigger = triggers.get(triggerId);
      if (trigger === undefined || trigger.user.team !== team.id)
        throw new SlackApiError("invalid_trigger_id");
      if (trigger.isUsed) throw new SlackApiError("exchanged_trigger_id");
      if (world.clock.now() - trigger.at > world.settings.triggerLifetime) {
        throw new SlackApiError("expired_trigger_id");
      }
      check(content);
      const stack = interactions.stackOf(trigger.user.id);
      if (how === "push" && stack.length >= maxStack) throw new SlackApiError("push_limit_reached");
      trigger.isUsed = true;
      if (how === "open") for (const view of stack) view.state = "closed";
      const view = interactions.pushView(trigger.user, content);
      trigger.opened.push(view);
      return interactions.viewJson(view);
    },
    updateView(view, content) {
      check(content);
      view.content = kept(content);
      view.revisions.push(view.content);
      view.hash = newHash();
      view.errors = null;
      return interactions.viewJson(view);
    },
    publishHome(user, content, hash) {
      const problems = problemsOfHome(content);
      if (problems.length > 0) throw invalid("invalid_arguments", problems);
      const known = interactions.homeOf(user.id);
      if (hash !== undefined && hash !== known?.hash) throw new SlackApiError("hash_conflict");
      const id = known?.id ?? world.nextId("V");
      const view: FakeView = known ?? {
        ...{
          id,
          team: user.team,
          user: user.id,
          rootId: id,
          previousId: null,
          hash: "",
          content,
          errors: null,
        },
        ...{ state: "home", revisions: [], openedAt: world.clock.now() },
      };
      view.content = kept(content);
      view.revisions.push(view.content);
      view.hash = newHash();
      world.views.set(id, view);
      return interactions.viewJson(view);
    },
    homeOf: (user) =>
      [...world.views.values()].find((view) => view.user === user && view.state === "home") ?? null,
    pushView(user, content) {
      check(content);
      const below = interactions.stackOf(user.id).at(-1);
      const id = world.nextId("V");
      const view: FakeView = {
        id,
        team: user.team,
        user: user.id,
        rootId: below?.rootId ?? id,
        previousId: below?.id ?? null,
        hash: newHash(),
        content: kept(content),
        errors: null,
        state: "open",
        revisions: [],
        openedAt: world.clock.now(),
      };
      view.revisions.push(view.content);
      world.views.set(id, view);
      return view;
    },
    stackOf: (user) =>
      [...world.views.values()].filter((view) => view.user === user && view.state === "open"),
    viewJson(view, values = {}) {
      return {
        private_metadata: "",
        callback_id: "",
        external_id: "",
        close: null,
        submit: null,
        clear_on_close: false,
        notify_on_close: false,
        ...view.content,
        id: view.id,
        team_id: view.team,
        state: { values },
        hash: view.hash,
        previous_view_id: view.previousId,
        root_view_id: view.rootId,
        app_id: world.appId,
        app_installed_team_id: view.team,
        bot_id: world.teams.get(view.team)?.botId,
      };
    },
  };
  return interactions;

  function check(content: Json): void {
    const problems = problemsOfView(content);
    if (problems.length > 0) throw invalid("invalid_arguments", problems);
  }

  function kept(content: Json): Json {
    return { ...content, blocks: withIds(content.blocks as Json[], () => world.nextId("b")) };
  }

  function newHash(): string {
    return `${Math.floor(world.clock.now() / 1000)}.${randomBytes(4).toString("hex")}`;
  }
}
