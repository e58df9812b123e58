import type { Hono } from "hono";
import { EditError } from "../../../../errors.ts";
import type { Incoming } from "../../incoming/incoming.ts";
import type { OperatorTold } from "../../operator/operator.ts";
import { cookies, operatorCommandSchema, operatorLoginSchema } from "../../protocol.ts";
import type { Access } from "../access.ts";
import type { Backoff } from "../backoff.ts";
import { readJson } from "../body.ts";
import { numberIn, type PageContext, type PageEnv, putCookie, requireOperatorCookie } from "../context.ts";
import { Slowed } from "../problem.ts";

export interface OperatorRouteParts {
  readonly told: OperatorTold;
  readonly incoming: Incoming;
  readonly access: Access;
  readonly backoff: Backoff;
  readonly isSecure: boolean;
  /** What the operator's cookie holds, for the token that was printed; `null` of another token. */
  readonly cookieFor: (token: string) => string | null;
}

/** A day: until then the token is not asked for again. */
const operatorSeconds = 24 * 60 * 60;

/** What the operator sees and steers. */
export function addOperatorRoutes(app: Hono<PageEnv>, parts: OperatorRouteParts): void {
  const { told, access, backoff, isSecure } = parts;

  app.post("/api/operator/login", async (context) => {
    const { incoming } = context.env;
    const from = `operator ${access.addressOf({ remote: incoming.socket.remoteAddress ?? "", headers: incoming.headers })}`;
    const wait = backoff.secondsLeft(from);
    if (wait > 0) throw new Slowed(wait);
    const cookie = parts.cookieFor((await readJson(incoming, operatorLoginSchema)).token);
    if (cookie === null) {
      backoff.fail(from);
      throw new EditError("operators-only", "Expected the operator's token, got another.");
    }
    backoff.succeed(from);
    putCookie(context, cookies.operator, cookie, { seconds: operatorSeconds, isSecure });
    return context.body(null, 204);
  });
  app.post("/api/operator/logout", (context) => {
    putCookie(context, cookies.operator, "", { seconds: 0, isSecure });
    return context.body(null, 204);
  });

  const get = (path: string, answer: (context: PageContext) => Promise<object>) =>
    app.get(path, async (context) => {
      requireOperatorCookie(context);
      return context.json(await answer(context));
    });
  get("/api/operator", told.view);
  get("/api/operator/series", (context) =>
    told.series(numberIn(context, "hours", { standard: 24, most: 744 })),
  );
  get("/api/operator/audit", (context) =>
    told.audit(numberIn(context, "limit", { standard: 100, most: 500 })),
  );
  get("/api/operator/health", told.health);
  get("/api/operator/settings", told.settings);

  app.post("/api/operator/command", async (context) => {
    requireOperatorCookie(context);
    const command = await readJson(context.env.incoming, operatorCommandSchema);
    const { words } = context.get("visitor");
    const member = { ...operator, locale: words.locale };
    return context.json({ texts: await parts.incoming.run(member, command) });
  });
}

/** Who acts in the operator's view, as the audit has it. */
const operator = { id: "operator", name: "operator", isAdmin: true, isOperator: true, groups: [] } as const;
