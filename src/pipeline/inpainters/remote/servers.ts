import { join } from "node:path";
import type { RemoteServer } from "../../../types.ts";
import type { VariableValues, WorkflowFolders } from "./kind.ts";
import { findRemoteKind, remoteKindOf } from "./kinds.ts";

/** What the environment says of the servers that paint. */
export interface RemoteSettings {
  /** `a1111=http://host:7860`, as `isServer` takes them. */
  readonly servers: readonly string[];
  readonly timeoutSeconds: number;
  /** Variables of all kinds. */
  readonly variables: VariableValues;
  readonly folders: WorkflowFolders;
}

/** True of `KIND=URL`; a URL that carries a password, a query or a fragment is none. */
export function isServer(text: string): boolean {
  return parse(text) !== null;
}

/** The servers in order, numbered within their kind, each with what its kind makes of the variables. */
export function remoteServersOf({
  servers,
  timeoutSeconds,
  variables,
  folders,
}: RemoteSettings): RemoteServer[] {
  const counts = new Map<string, number>();
  return servers.flatMap((text) => {
    const server = parse(text);
    if (!server) return [];
    const kind = remoteKindOf(server);
    const index = counts.get(server.kind) ?? 0;
    counts.set(server.kind, index + 1);
    return [
      {
        ...server,
        name: `${server.kind}:${index}`,
        authorization: kind.authorization(variables),
        timeoutSeconds,
        workflow: kind.workflow(variables, folders),
        workflows: join(folders.models, "workflows"),
      },
    ];
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
  const [name = "", ...rest] = text.split("=");
  const kind = findRemoteKind(name);
  const address = rest.join("=");
  if (!kind || !URL.canParse(address)) return null;
  const url = new URL(address);
  if (!/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) return null;
  return { kind: kind.kind, url: url.href.replace(/\/+$/, "") };
}
