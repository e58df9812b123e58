import * as published from "discord-api-spec/zod";
import { z } from "zod";
import { strict } from "./strict-schema.ts";

/** Request bodies of Discord's public API description, by the name that it gives them. */
export type BodyName = keyof typeof bodies;

/** A wrong place in a body, and what is wrong there. */
export interface Problem {
  readonly at: string;
  readonly problem: string;
}

/** What a body breaks; unknown properties count. */
export function problemsOfBody(name: BodyName, body: unknown): Problem[] {
  const result = bodies[name].safeParse(body);
  return result.success ? [] : result.error.issues.flatMap(flatten);
}

// Discord takes whole numbers as text too, and discord.js sends permissions so.
const permissionsAsText = {
  default_member_permissions: z.union([z.string().regex(/^\d+$/), z.int().nonnegative()]).nullish(),
};
// discord.js sends these two with edits as well; the API has always passed over them.
const sentWithEdits = { tts: z.literal(false).optional(), enforce_nonce: z.literal(false).optional() };

const bodies = {
  commandsPut: z.array(strict(published.ApplicationCommandUpdateRequestSchema, permissionsAsText)).max(130),
  commandCreate: strict(published.ApplicationCommandCreateRequestSchema, permissionsAsText),
  commandEdit: strict(published.ApplicationCommandPatchRequestPartialSchema, permissionsAsText),
  messageCreate: strict(published.MessageCreateRequestSchema),
  messageEdit: strict(published.MessageEditRequestPartialSchema, sentWithEdits),
  directChannel: strict(published.CreatePrivateChannelRequestSchema),
  callback: z.union([
    strict(published.CreateMessageInteractionCallbackRequestSchema, {
      data: strict(published.IncomingWebhookInteractionRequestSchema, sentWithEdits).nullish(),
    }),
    strict(published.UpdateMessageInteractionCallbackRequestSchema, {
      data: strict(
        published.IncomingWebhookUpdateForInteractionCallbackRequestPartialSchema,
        sentWithEdits,
      ).nullish(),
    }),
    strict(published.ModalInteractionCallbackRequestSchema),
    strict(published.ApplicationCommandAutocompleteCallbackRequestSchema),
  ]),
  // An interaction's follow-up may be ephemeral, so it has the schema of an interaction's answer.
  followUp: strict(published.IncomingWebhookInteractionRequestSchema, sentWithEdits),
  webhookEdit: strict(published.IncomingWebhookUpdateRequestPartialSchema, sentWithEdits),
} as const;

/** Of a union, the branch that comes nearest: the one whose problems do not begin with the discriminating `type`. */
function flatten(issue: z.core.$ZodIssue): Problem[] {
  const at = issue.path.join(".");
  if (issue.code !== "invalid_union") return [{ at, problem: `${issue.code}: ${issue.message}` }];
  const branches = issue.errors.filter((branch) => !branch.some(({ path }) => path.join(".") === "type"));
  const nearest = (branches.length > 0 ? branches : issue.errors).toSorted((a, b) => a.length - b.length)[0];
  if (nearest === undefined) return [{ at, problem: `${issue.code}: no option matches` }];
  return nearest.flatMap(flatten).map((problem) => ({
    at: [at, problem.at].filter((part) => part !== "").join("."),
    problem: problem.problem,
  }));
}
