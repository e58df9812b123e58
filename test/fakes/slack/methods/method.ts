import { z } from "zod";
import { invalid, type SlackApiError } from "../http/api-error.ts";
import type { Events } from "../payloads/events.ts";
import type { FakeChannel, FakeTeam, Id, Json } from "../types.ts";
import type { Interactions } from "../world/interactions.ts";
import type { Messages } from "../world/messages.ts";
import type { World } from "../world/world.ts";

/** What a method's code is given. */
export interface Call {
  readonly world: World;
  readonly messages: Messages;
  readonly events: Events;
  readonly interactions: Interactions;
  readonly socketUrl: () => string;
  /** The workspace that the token belongs to. */
  readonly team: FakeTeam;
  /** @throws SlackApiError `missing_scope` */
  need(scope: string): void;
  /** A channel that the bot can see. @throws SlackApiError `channel_not_found` */
  channel(id: Id): FakeChannel;
}

export interface Method {
  readonly scope: string | null;
  readonly argNames: ReadonlySet<string>;
  call(args: Json, call: Call): Json | Promise<Json>;
}

/** A Web API method: the scope it needs, its arguments, and what it does. */
export function method<Shape extends z.ZodRawShape>(
  scope: string | null,
  shape: Shape,
  run: (args: z.infer<z.ZodObject<Shape>>, call: Call) => Json | Promise<Json>,
): Method {
  const schema = z.object(shape);
  return {
    scope,
    argNames: new Set(Object.keys(shape)),
    call(args, call) {
      if (scope !== null) call.need(scope);
      const parsed = schema.safeParse(args);
      if (!parsed.success) throw argumentError(parsed.error.issues);
      return run(parsed.data, call);
    },
  };
}

/** A structure that a form carries as JSON text. */
export function json<T extends z.ZodType>(schema: T) {
  return z.preprocess((value, context) => {
    if (typeof value !== "string") return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      context.addIssue("must be a JSON string");
      return z.NEVER;
    }
  }, schema);
}

export const flag = z
  .union([z.boolean(), z.enum(["true", "false", "1", "0"])])
  .transform((value) => value === true || value === "true" || value === "1");
export const whole = z.coerce.number().int();
export const text = z.string();
export const id = z.string().min(1);
export const timestamp = z.string().regex(/^\d+\.\d{6}$/, "must be a message timestamp");
export const jsonObject = json(z.record(z.string(), z.unknown()));
export const jsonObjects = json(z.array(z.record(z.string(), z.unknown())));

function argumentError(issues: readonly z.core.$ZodIssue[]): SlackApiError {
  const problems = issues.map(
    ({ message, path }) => `${message} [json-pointer:${path.map((part) => `/${String(part)}`).join("")}]`,
  );
  return invalid("invalid_arguments", problems);
}
