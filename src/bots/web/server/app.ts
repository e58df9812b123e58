import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import { EditError, isStorageFailure } from "../../../errors.ts";
import { wordsIn } from "../../../locales/words.ts";
import type { AdapterLog } from "../../chat.ts";
import type { People } from "../people.ts";
import { cookies, csrfHeader } from "../protocol.ts";
import type { Access } from "./access.ts";
import { getCookie, type PageContext, type PageEnv, putCookie, type Visitor } from "./context.ts";
import type { OriginRules } from "./origin.ts";
import { problemOf } from "./problem.ts";
import { addJobRoutes, type JobRouteParts } from "./routes/jobs.ts";
import { addOperatorRoutes, type OperatorRouteParts } from "./routes/operator.ts";
import { addRoomRoutes, type RoomRouteParts } from "./routes/rooms.ts";
import { addSessionRoutes, cookieOfLocale, localeOf, type SessionRouteParts } from "./routes/session.ts";
import { isSame } from "./signed.ts";
import type { StaticFiles } from "./static-files.ts";
import { type Visits, visitSeconds } from "./visit.ts";

export interface AppParts
  extends Omit<SessionRouteParts, "visitorWith">,
    RoomRouteParts,
    JobRouteParts,
    Omit<OperatorRouteParts, "cookieFor"> {
  readonly access: Access;
  readonly visits: Visits;
  readonly people: People;
  readonly origins: OriginRules;
  readonly files: StaticFiles;
  readonly log: AdapterLog;
  /** What the operator's cookie holds for a token; `null` of another token than was printed. */
  readonly cookieFor: OperatorRouteParts["cookieFor"];
  /** What the cookie has to hold. */
  readonly operatorCookie: string;
}

/** Nothing is loaded from elsewhere, nothing runs that does not lie in a file of ours, and nobody frames the page. */
const policy = [
  "default-src 'self'",
  "img-src 'self' blob: data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join("; ");
const securityHeaders = {
  "content-security-policy": policy,
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
};

/** The page's requests, from who may ask to what is answered. */
export function createApp(parts: AppParts): Hono<PageEnv> {
  const app = new Hono<PageEnv>();
  const { origins, visits, log } = parts;

  async function visitorWith(context: PageContext, cookie: string): Promise<Visitor> {
    const { incoming } = context.env;
    const chosen = context.req.header("x-chosen-locale") ?? getCookie(context, cookieOfLocale);
    const words = wordsIn(localeOf(chosen, context.req.header("accept-language")));
    const isOperator = isSame(getCookie(context, cookies.operator) ?? "", parts.operatorCookie);
    const member = await parts.access.memberOf({
      remote: incoming.socket.remoteAddress ?? "",
      headers: incoming.headers,
      member: visits.read(cookie)?.member ?? null,
    });
    return {
      ...{ cookie, words, isOperator },
      member: member === null ? null : await memberOf(member, words.locale, isOperator),
    };
  }

  async function memberOf(id: string, locale: string, isOperator: boolean) {
    const name = await parts.people.nameOf(id);
    return { id, name, locale, isAdmin: isOperator, isOperator, groups: [] };
  }

  app.use(async (context, next) => {
    for (const [name, value] of Object.entries(securityHeaders)) {
      context.header(name, value);
      // What is sent past the framework has them too.
      context.env.outgoing.setHeader(name, value);
    }
    if (!origins.isHost(context.req.header("host")))
      throw new EditError(
        "request-refused",
        "Expected this server's own name in the header Host, got another.",
      );
    await next();
  });

  app.use("/api/*", async (context, next) => {
    context.header("cache-control", "no-store");
    const given = getCookie(context, cookies.member);
    const cookie = given !== undefined && visits.read(given) ? given : visits.begin(null);
    if (cookie !== given && context.req.path === "/api/session")
      putCookie(context, cookies.member, cookie, { seconds: visitSeconds, isSecure: parts.isSecure });
    context.set("visitor", { member: null, isOperator: false, cookie, words: wordsIn("en") });
    context.set("visitor", await visitorWith(context, cookie));
    if (context.req.method !== "GET" && context.req.method !== "HEAD") requireOwnPage(context, cookie);
    // Who has no cookie yet has not opened the page.
    else if (cookie !== given && context.req.path !== "/api/session" && context.req.path !== "/api/words")
      throw new EditError("login-needed", "Expected the cookie of a session, got none.");
    await next();
  });

  /** @throws EditError `request-refused` of what another site's page sent */
  function requireOwnPage(context: PageContext, cookie: string): void {
    const [host, origin, site] = ["host", "origin", "sec-fetch-site"].map((name) => context.req.header(name));
    if (!origins.isOwnPage({ host, origin, site }))
      throw new EditError("request-refused", "Expected a request of the page itself, got another site's.");
    if (!isSame(context.req.header(csrfHeader) ?? "", visits.csrfOf(cookie)))
      throw new EditError("request-refused", `Expected the session's token in ${csrfHeader}, got another.`);
  }

  addSessionRoutes(app, { ...parts, visitorWith });
  addRoomRoutes(app, parts);
  addJobRoutes(app, parts);
  addOperatorRoutes(app, parts);

  app.all("/api/*", () => {
    throw new EditError("reference-invalid", "Expected a path of the interface, got another.");
  });
  app.get("*", async (context) => {
    const found = await parts.files.find(context.req.path, context.req.header("accept-encoding") ?? "");
    if (!found) throw new EditError("reference-invalid", "Expected a file of the page, got another path.");
    return context.body(found.body, 200, found.headers);
  });
  app.notFound(() => {
    throw new EditError("reference-invalid", "Expected a path of the page, got another.");
  });

  app.onError((error, context) => {
    const reference = randomUUID().slice(0, 8);
    const words = context.get("visitor")?.words ?? wordsIn("en");
    const { status, problem } = problemOf(error, words, reference);
    const level = status === 500 ? "error" : isStorageFailure(error) ? "warn" : "debug";
    // The path alone: what stands behind it may be typed by people.
    log(level, "a request of the page was refused", {
      reference,
      path: context.req.path,
      code: problem.code,
      error,
    });
    context.header("cache-control", "no-store");
    if (problem.retryAfterSeconds !== undefined)
      context.header("retry-after", String(problem.retryAfterSeconds));
    // What was not read is not waited for.
    if (!context.env.incoming.complete) context.header("connection", "close");
    return context.json(problem, status);
  });
  return app;
}
