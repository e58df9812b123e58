import { createHash, randomBytes } from "node:crypto";
import { EditError } from "../../../errors.ts";
import type { People } from "../people.ts";
import { isSame } from "./signed.ts";

// How people are told apart.

/** Who may use the page, and how they say who they are. */
export type AccessSettings =
  /** One person, on this machine. */
  | { readonly kind: "alone" }
  /** Whoever knows the password, under a name of their own. */
  | { readonly kind: "password"; readonly password: string }
  /** Whom a proxy names in a header. */
  | { readonly kind: "proxy"; readonly header: string };

/** A request, as far as it says who sent it. */
export interface Asking {
  /** The address that the connection comes from. */
  readonly remote: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Whom the cookie names. */
  readonly member: string | null;
}

export interface Access {
  readonly kind: AccessSettings["kind"];
  /** The id of who asks; `null` where they have to say who they are first. @throws EditError `request-refused` of a stranger to the proxy */
  memberOf(asking: Asking): Promise<string | null>;
  /** Where a connection comes from, as its proxy says where it is trusted. */
  addressOf(asking: Pick<Asking, "remote" | "headers">): string;
  /**
   * The id of who gave the password and a name. A name belongs to whoever took it first: `known` is the id that their cookie has.
   * @throws EditError `login-refused`
   */
  login(given: { readonly name: string; readonly password: string }, known: string | null): Promise<string>;
}

/** The one person of a page that is for this machine alone. */
export const alone = { id: "me", name: "me" } as const;

export interface AccessParts {
  readonly settings: AccessSettings;
  /** Addresses of proxies, whose headers are believed. */
  readonly proxies: readonly string[];
  readonly people: People;
}

export function createAccess({ settings, proxies, people }: AccessParts): Access {
  const isProxy = (remote: string) => proxies.includes(plainAddress(remote));

  async function namedBy(header: string, { remote, headers }: Asking): Promise<string> {
    if (!isProxy(remote))
      throw new EditError(
        "request-refused",
        `Expected a request by a proxy of LRBOT_WEB_PROXIES, got one from ${remote}.`,
      );
    const name = headers[header.toLowerCase()];
    if (typeof name !== "string" || name.trim() === "" || name.length > 200)
      throw new EditError("request-refused", `Expected one user in the header ${header}, got another thing.`);
    const id = idOf(name.trim());
    await people.note(id, name.trim());
    return id;
  }

  return {
    kind: settings.kind,
    async memberOf(asking) {
      if (settings.kind === "proxy") return namedBy(settings.header, asking);
      if (settings.kind === "password") return asking.member;
      await people.note(alone.id, alone.name);
      return alone.id;
    },
    addressOf({ remote, headers }) {
      const forwarded = headers["x-forwarded-for"];
      if (!isProxy(remote) || typeof forwarded !== "string") return plainAddress(remote);
      // What a proxy adds comes last; what stands before it anybody may have sent.
      return forwarded.split(",").at(-1)?.trim() || plainAddress(remote);
    },
    async login({ name, password }, known) {
      const expected = settings.kind === "password" ? settings.password : null;
      if (expected === null || !isSame(password, expected))
        throw new EditError("login-refused", "Expected the password of the page, got another.");
      if (!nameForm.test(name))
        throw new EditError(
          "login-refused",
          "Expected a name of letters, digits, dots and dashes, got another.",
        );
      const owner = await people.idNamed(name);
      if (owner !== null && owner !== known)
        throw new EditError("login-refused", "Expected a name that nobody else has, got one that is taken.");
      const id = owner ?? known ?? randomId();
      await people.note(id, name);
      return id;
    },
  };
}

/** Starts with a letter or a digit, and holds no blank, so that it can be typed in a command. */
const nameForm = /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,39}$/u;

/** Letters and digits alone, as `LRBOT_ADMINS` takes them: the name itself where it has no others, else a hash of it. */
function idOf(name: string): string {
  const plain = name.toLowerCase();
  return /^[a-z0-9]{1,40}$/.test(plain)
    ? plain
    : `h${createHash("sha256").update(plain).digest("hex").slice(0, 24)}`;
}

function randomId(): string {
  return `p${randomBytes(8).toString("hex")}`;
}

/** An IPv4 address that came over IPv6 is itself. */
function plainAddress(remote: string): string {
  return remote.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, "");
}
