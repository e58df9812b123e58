import { isIP } from "node:net";

/**
 * Whether a request may come from where it says. Of a name that was bound to this address by somebody else (DNS rebinding) the
 * browser believes that it is theirs, so that a name is let in where it is known alone.
 */
export interface OriginRules {
  /** Of the header `Host`. */
  isHost(host: string | undefined): boolean;
  /** Of a request that changes something, by its headers `Origin` and `Sec-Fetch-Site`. */
  isOwnPage(headers: {
    readonly host: string | undefined;
    readonly origin: string | undefined;
    readonly site: string | undefined;
  }): boolean;
}

/** @param origin The address that people open, where it is a name of its own: `https://edit.example.org`. @param isLoopback It listens on this machine alone. */
export function createOriginRules(origin: string | null, isLoopback: boolean): OriginRules {
  const own = origin === null ? null : new URL(origin).host;
  const isHost = (host: string | undefined): boolean => {
    if (host === undefined) return false;
    if (host.toLowerCase() === own) return true;
    const name = nameOf(host);
    if (name === null) return false;
    if (name === "localhost") return true;
    return isLoopback ? isLoopbackAddress(name) : isIP(name) !== 0;
  };
  return {
    isHost,
    isOwnPage({ host, origin: given, site }) {
      if (site !== undefined && site !== "same-origin") return false;
      if (given === undefined || host === undefined) return false;
      const from = hostOf(given);
      return from !== null && isHost(from) && (from === host.toLowerCase() || from === own);
    },
  };
}

/** `127.0.0.1`, `::1`, `localhost`: without port and brackets. */
function nameOf(host: string): string | null {
  const [, bracketed, plain] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+))(?::\d{1,5})?$/.exec(host) ?? [];
  return (bracketed ?? plain)?.toLowerCase() ?? null;
}

function hostOf(origin: string): string | null {
  try {
    const { protocol, host } = new URL(origin);
    return protocol === "http:" || protocol === "https:" ? host : null;
  } catch {
    return null;
  }
}

/** True of addresses that only this machine has. */
export function isLoopbackAddress(address: string): boolean {
  return address === "localhost" || address === "::1" || /^127(?:\.\d{1,3}){3}$/.test(address);
}
