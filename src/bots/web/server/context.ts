import type { HttpBindings } from "@hono/node-server";
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { EditError } from "../../../errors.ts";
import type { Words } from "../../../locales/words.ts";
import type { Member } from "../../chat.ts";

/** Who a request comes from. */
export interface Visitor {
  /** `null`: they have to say who they are first. */
  readonly member: Member | null;
  readonly isOperator: boolean;
  /** The cookie that they have, or were given just now. */
  readonly cookie: string;
  readonly words: Words;
}

export interface PageEnv {
  Bindings: HttpBindings;
  Variables: { visitor: Visitor };
}
export type PageContext = Context<PageEnv>;

/** @throws EditError `login-needed` */
export function requireMember(context: PageContext): Member {
  const { member } = context.get("visitor");
  if (member) return member;
  throw new EditError("login-needed", "Expected somebody who said who they are, got a stranger.");
}

/** @throws EditError `operators-only` */
export function requireOperatorCookie(context: PageContext): void {
  if (context.get("visitor").isOperator) return;
  throw new EditError("operators-only", "Expected the operator's token, got none.");
}

/** A whole number of a query, within its range; the standard where there is none or it is another thing. */
export function numberIn(
  context: PageContext,
  name: string,
  { standard, most }: { readonly standard: number; readonly most: number },
): number {
  const text = context.req.query(name) ?? "";
  return /^\d{1,15}$/.test(text) ? Math.min(most, Math.max(1, Number(text))) : standard;
}

export { getCookie };

/** A cookie that scripts cannot read and that other sites' pages cannot have sent. */
export function putCookie(
  context: PageContext,
  name: string,
  value: string,
  { seconds, isSecure }: { readonly seconds: number; readonly isSecure: boolean },
): void {
  setCookie(context, name, value, {
    ...{ path: "/", httpOnly: true, sameSite: "Strict", secure: isSecure, maxAge: seconds },
  });
}
