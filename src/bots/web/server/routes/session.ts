import type { Hono } from "hono";
import { EditError } from "../../../../errors.ts";
import { catalogues, describe, languages } from "../../../../locales/words.ts";
import type { CommandSpec } from "../../../commands/command-spec.ts";
import { listedValues } from "../../../listed-values.ts";
import { ownRoomOf, sharedRoom } from "../../places.ts";
import { cookies, localeSchema, loginSchema, type PageCommand, type Session } from "../../protocol.ts";
import type { Access } from "../access.ts";
import type { Backoff } from "../backoff.ts";
import { readJson } from "../body.ts";
import { type PageContext, type PageEnv, putCookie, type Visitor } from "../context.ts";
import { Slowed } from "../problem.ts";
import type { Streams } from "../streams.ts";
import { type Visits, visitSeconds } from "../visit.ts";

export interface SessionRouteParts {
  readonly access: Access;
  readonly visits: Visits;
  readonly backoff: Backoff;
  readonly streams: Streams;
  readonly specs: readonly CommandSpec[];
  readonly isShared: boolean;
  readonly isSecure: boolean;
  readonly maxUploadBytes: number;
  readonly keepDays: number;
  readonly version: string;
  readonly examples: readonly { readonly name: string; readonly prompt: string }[];
  /** True of those whom the configuration names as admins. */
  readonly isNamedAdmin: (member: string) => boolean;
  /** Whom a request comes from, once its cookie is another. */
  readonly visitorWith: (context: PageContext, cookie: string) => Promise<Visitor>;
}

const cookieOfLocale = "lrbot-locale";

/** Who looks at the page, what they may type, and what the page says. */
export function addSessionRoutes(app: Hono<PageEnv>, parts: SessionRouteParts): void {
  const { access, visits, backoff, isSecure } = parts;
  const keep = { seconds: visitSeconds, isSecure };
  const answer = (context: PageContext) => context.json(sessionOf(context.get("visitor"), parts));

  app.get("/api/session", answer);

  app.post("/api/login", async (context) => {
    const { incoming } = context.env;
    const from = access.addressOf({ remote: incoming.socket.remoteAddress ?? "", headers: incoming.headers });
    const wait = backoff.secondsLeft(from);
    if (wait > 0) throw new Slowed(wait);
    const given = await readJson(incoming, loginSchema);
    const known = visits.read(context.get("visitor").cookie)?.member ?? null;
    const member = await access.login(given, known).catch((error) => {
      if (error instanceof EditError) backoff.fail(from);
      throw error;
    });
    backoff.succeed(from);
    const cookie = visits.begin(member);
    putCookie(context, cookies.member, cookie, keep);
    context.set("visitor", await parts.visitorWith(context, cookie));
    return answer(context);
  });

  app.post("/api/logout", async (context) => {
    const { member } = context.get("visitor");
    const cookie = visits.begin(null);
    putCookie(context, cookies.member, cookie, keep);
    if (access.kind === "password" && member !== null)
      parts.streams.end((viewer) => viewer.member === member.id, "login-needed");
    context.set("visitor", await parts.visitorWith(context, cookie));
    return answer(context);
  });

  app.post("/api/locale", async (context) => {
    const { locale } = await readJson(context.env.incoming, localeSchema);
    putCookie(context, cookieOfLocale, locale, keep);
    context.req.raw.headers.set("x-chosen-locale", locale);
    context.set("visitor", await parts.visitorWith(context, context.get("visitor").cookie));
    return answer(context);
  });

  app.get("/api/words", (context) => {
    const asked = context.req.query("locale") ?? context.get("visitor").words.locale;
    const catalogue = catalogues[languages.includes(asked) ? asked : "en"] ?? {};
    const page = Object.entries(catalogue).filter(([key]) => key.startsWith("page."));
    return context.json(Object.fromEntries(page));
  });
}

/** Of `Accept-Language` and of what was chosen: the first language that there is, else English. */
export function localeOf(chosen: string | undefined, accepts: string | undefined): string {
  const asked = (accepts ?? "")
    .split(",")
    .map((part) => {
      const [tag = "", quality] = part.trim().split(/;\s*q=/);
      return { tag: tag.toLowerCase(), weight: quality === undefined ? 1 : Number(quality) || 0 };
    })
    .toSorted((a, b) => b.weight - a.weight);
  const tags = [chosen?.toLowerCase() ?? "", ...asked.map(({ tag }) => tag)];
  const found = tags.map((tag) => tag.split("-")[0] ?? "").find((language) => languages.includes(language));
  return found ?? "en";
}

/** The language that a person chose before. */
export { cookieOfLocale };

function sessionOf({ member, isOperator, cookie, words }: Visitor, parts: SessionRouteParts): Session {
  const isAdmin = member !== null && (member.isAdmin || parts.isNamedAdmin(member.id));
  const specs = parts.specs.filter(({ isForAdmins }) => isAdmin || !isForAdmins);
  return {
    access: parts.access.kind,
    member: member && { id: member.id, name: member.name, isAdmin },
    csrf: parts.visits.csrfOf(cookie),
    locale: words.locale,
    locales: languages,
    isOperator,
    rooms:
      member === null
        ? []
        : [
            { id: ownRoomOf(member.id), kind: "own" },
            ...(parts.isShared ? [{ id: sharedRoom, kind: "shared" } as const] : []),
          ],
    commands: member === null ? [] : specs.map((spec) => pageCommandOf(spec, words.locale)),
    maxUploadBytes: parts.maxUploadBytes,
    examples: parts.examples.map(({ name, prompt }) => ({ name, prompt, url: `/api/examples/${name}` })),
    keepDays: parts.keepDays,
    version: parts.version,
  };
}

function pageCommandOf({ name, options }: CommandSpec, locale: string): PageCommand {
  return {
    name,
    description: describe(`command.${name}`, locale),
    options: options.map((option) => ({
      name: option.name,
      description: describe(`option.${option.name}`, locale),
      kind: option.kind,
      isRequired: option.isRequired === true,
      maxLength: option.kind === "text" ? option.maxLength : null,
      range: option.kind === "whole" ? option.range : null,
      choices: listedValues(option),
    })),
  };
}
