import { EditError } from "../errors.ts";
import { isLoopback } from "./public-addresses.ts";

/** @throws EditError `attachment-refused` for what is no URL. */
export function locationOf(url: string, base?: URL): URL {
  if (url !== "" && URL.canParse(url, base?.href)) return new URL(url, base);
  throw new EditError("attachment-refused", "Expected the URL of an attachment, got something else.");
}

/**
 * The location where it may be asked: https, or http where loopback is allowed (the connection then has to lead there),
 * one of the hosts, no name and password before it.
 * @throws EditError `attachment-refused`
 */
export function requireAllowed(location: URL, hosts: readonly string[], allowLoopback: boolean): URL {
  const { protocol, username, password, host } = location;
  const isAllowed = protocol === "https:" || (allowLoopback && protocol === "http:");
  if (!isAllowed) throw refused("an https URL", protocol.replace(":", ""));
  if (username || password) throw refused("a URL without a user name", "one with it");
  if (!isListed(location, hosts)) throw refused(`one of the hosts ${hosts.join(", ")}`, host);
  return location;
}

/** A host stands for its scheme's own port, this machine for each of its ports, `name:port` for that one. */
export function isListed({ hostname, port }: URL, hosts: readonly string[]): boolean {
  const host = withoutBrackets(hostname);
  return hosts.some((entry) => {
    const listed = entry.toLowerCase();
    if (listed === `${hostname}:${port}`) return true;
    return withoutBrackets(listed) === host && (port === "" || host === "localhost" || isLoopback(host));
  });
}

function withoutBrackets(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, "$1");
}

function refused(expected: string, got: string): EditError {
  return new EditError("attachment-refused", `Expected an attachment at ${expected}, got ${got}.`);
}
