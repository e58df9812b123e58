import { type RemoteKind, type RemoteServer, remoteKinds } from "../../../types.ts";

/** What the environment says of the servers that paint. */
export interface RemoteSettings {
  /** `a1111=http://host:7860`, as `isServer` takes them. */
  readonly servers: readonly string[];
  /** `user:password` of AUTOMATIC1111 servers. */
  readonly a1111Login: string | undefined;
  /** Bearer token of ComfyUI servers. */
  readonly comfyuiToken: string | undefined;
  readonly timeoutSeconds: number;
  /** Absolute. */
  readonly workflow: string;
}

/** True of `KIND=URL`; a URL that carries a password, a query or a fragment is none. */
export function isServer(text: string): boolean {
  return parse(text) !== null;
}

/** The servers in order, numbered within their kind, each with what it is to be sent as `Authorization`. */
export function remoteServersOf(settings: RemoteSettings): RemoteServer[] {
  const { a1111Login: login, comfyuiToken: token, timeoutSeconds, workflow } = settings;
  const authorizations: Record<RemoteKind, string | null> = {
    a1111: login === undefined ? null : `Basic ${Buffer.from(login).toString("base64")}`,
    comfyui: token === undefined ? null : `Bearer ${token}`,
  };
  const counts = new Map<RemoteKind, number>();
  return settings.servers.flatMap((text) => {
    const server = parse(text);
    if (!server) return [];
    const index = counts.get(server.kind) ?? 0;
    counts.set(server.kind, index + 1);
    const authorization = authorizations[server.kind];
    return [{ ...server, name: `${server.kind}:${index}`, authorization, timeoutSeconds, workflow }];
  });
}

/** Every spelling of a server's secret: what the header holds besides its scheme, and the password in it. */
export function secretsOfServer({ authorization }: RemoteServer): string[] {
  const [scheme, credentials = ""] = authorization?.split(" ") ?? [];
  if (scheme !== "Basic") return credentials ? [credentials] : [];
  const [, ...password] = Buffer.from(credentials, "base64").toString().split(":");
  return [credentials, password.join(":")];
}

function parse(text: string): Pick<RemoteServer, "kind" | "url"> | null {
  const [name, ...rest] = text.split("=");
  const kind = remoteKinds.find((one) => one === name);
  const address = rest.join("=");
  if (!kind || !URL.canParse(address)) return null;
  const url = new URL(address);
  if (!/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) return null;
  return { kind, url: url.href.replace(/\/+$/, "") };
}
