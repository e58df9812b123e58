import { z } from "zod";
import { SlackApiError } from "../http/api-error.ts";
import type { FakeView, Json } from "../types.ts";
import { type Interaction, interact } from "./interaction.ts";
import type { MemberParts } from "./member-parts.ts";
import { interactionBasics } from "./payloads.ts";
import { stateOf, type ViewInput } from "./view-state.ts";

/** What came of a submission. */
export interface Submission extends Interaction {
  /** Errors by block id that the modal shows; `null` where it was taken. */
  readonly errors: Readonly<Record<string, string>> | null;
}

const responseAction = z.discriminatedUnion("response_action", [
  z.object({ response_action: z.literal("errors"), errors: z.record(z.string(), z.string().min(1)) }),
  z.object({ response_action: z.literal("clear") }),
  z.object({ response_action: z.literal("update"), view: z.record(z.string(), z.unknown()) }),
  z.object({ response_action: z.literal("push"), view: z.record(z.string(), z.unknown()) }),
]);

/** Submits the visible view of a member's modal. */
export async function submitView(parts: MemberParts, view: FakeView, input: ViewInput): Promise<Submission> {
  const { world, user, interactions } = parts;
  if (view.user !== user.id || interactions.stackOf(user.id).at(-1) !== view) {
    throw new Error(`Expected the view that ${user.name} sees, got ${view.id} (${view.state})`);
  }
  const state = stateOf(world, view, input);
  const trigger = interactions.issueTrigger(user);
  view.errors = null;
  const interaction = await interact({
    delivery: parts.delivery,
    type: "interactive",
    payload: {
      ...interactionBasics(world, user),
      type: "view_submission",
      trigger_id: trigger.id,
      view: interactions.viewJson(view, state),
      response_urls: [],
    },
    trigger,
    url: null,
    onAck: (body) => takeResponse(parts, view, body),
  });
  return Object.assign(interaction, { errors: view.errors as Submission["errors"] });
}

/** Closes a modal; the app hears of it where it asked to. */
export async function closeView(parts: MemberParts, view: FakeView): Promise<Interaction | null> {
  const { world, user, interactions } = parts;
  const stack = interactions.stackOf(user.id);
  const isCleared = view.content.clear_on_close === true;
  for (const one of isCleared ? stack : [view]) one.state = "closed";
  if (view.content.notify_on_close !== true) return null;
  const payload = {
    ...interactionBasics(world, user),
    type: "view_closed",
    view: interactions.viewJson(view),
    is_cleared: isCleared,
  };
  const trigger = { id: "", opened: [] };
  const { delivery } = parts;
  return await interact({ delivery, type: "interactive", payload, trigger, url: null, onAck: () => {} });
}

function takeResponse(parts: MemberParts, view: FakeView, body: unknown): void {
  if (body === undefined || body === null || Object.keys(body as Json).length === 0) {
    view.state = "submitted";
    return;
  }
  const parsed = responseAction.safeParse(body);
  if (!parsed.success) {
    refuse(parts, body, ["unknown response_action"]);
    return;
  }
  const answer = parsed.data;
  if (answer.response_action === "clear") {
    for (const one of parts.interactions.stackOf(parts.user.id)) one.state = "submitted";
    return;
  }
  if (answer.response_action === "errors") {
    const blocks = (view.content.blocks as Json[]).filter((block) => block.type === "input");
    const known = new Set(blocks.map((block) => block.block_id));
    const strange = Object.keys(answer.errors).filter((blockId) => !known.has(blockId));
    if (strange.length > 0) refuse(parts, body, [`errors for unknown blocks: ${strange.join(", ")}`]);
    else view.errors = answer.errors;
    return;
  }
  try {
    if (answer.response_action === "update") parts.interactions.updateView(view, answer.view);
    else parts.interactions.pushView(parts.user, answer.view);
  } catch (error) {
    if (!(error instanceof SlackApiError)) throw error;
    refuse(parts, body, (error.fields.errors as string[] | undefined) ?? [error.code]);
  }
}

function refuse({ world }: MemberParts, body: unknown, problems: readonly string[]): void {
  world.violations.push({ method: "view_submission", problems, args: { body } });
}
