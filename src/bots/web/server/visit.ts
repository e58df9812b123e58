import { randomBytes } from "node:crypto";
import { isSame, signatureOf } from "./signed.ts";

// The cookie that says who somebody is: signed, so that nobody makes up one, and nothing of it is kept here.

/** What the cookie says. */
export interface Visit {
  /** `null`: nobody has said who they are. */
  readonly member: string | null;
  /** Random: tells two visits of the same person apart. */
  readonly nonce: string;
  /** Milliseconds since 1970. */
  readonly issuedAt: number;
}

export interface Visits {
  /** A new one. */
  begin(member: string | null): string;
  /** `null` of a cookie that is none of ours, or too old. */
  read(cookie: string | undefined): Visit | null;
  /** What goes with a request that changes something: others' pages cannot read it. */
  csrfOf(cookie: string): string;
}

const longestDays = 90;
const form = /^v1\.([A-Za-z0-9]{1,40}|-)\.([A-Za-z0-9_-]{16})\.([0-9a-z]{1,11})\.([A-Za-z0-9_-]{24})$/;

/**
 * @param key Signs the cookies.
 * @param epoch Changes with what somebody had to know to get one, such as a password: older cookies are worth nothing then.
 * @param clock Milliseconds since 1970.
 */
export function createVisits(key: Uint8Array, epoch: string, clock: () => number): Visits {
  const sign = (text: string) => signatureOf(key, `visit ${epoch}`, text);
  return {
    begin(member) {
      const text = `v1.${member ?? "-"}.${randomBytes(12).toString("base64url")}.${clock().toString(36)}`;
      return `${text}.${sign(text)}`;
    },
    read(cookie = "") {
      const [, member = "-", nonce = "", issued = "", signature = ""] = form.exec(cookie) ?? [];
      if (!isSame(signature, sign(cookie.slice(0, -25)))) return null;
      const issuedAt = Number.parseInt(issued, 36);
      if (clock() - issuedAt > longestDays * 24 * 60 * 60_000) return null;
      return { member: member === "-" ? null : member, nonce, issuedAt };
    },
    csrfOf: (cookie) => signatureOf(key, "csrf", cookie),
  };
}

/** Seconds that a browser keeps the cookie. */
export const visitSeconds = longestDays * 24 * 60 * 60;
