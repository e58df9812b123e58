import { EditError } from "../../../errors.ts";
import type { RemoteServer } from "../../../types.ts";
import { a1111 } from "./a1111/kind.ts";
import { comfyui } from "./comfyui/kind.ts";
import type { RemoteKind } from "./kind.ts";

/** Every kind of server that can paint in place of a pack's own networks. */
export const remoteKinds: readonly RemoteKind[] = [a1111, comfyui];

/** Environment variables of all kinds, in their order. */
export const remoteVariables: RemoteKind["variables"] = Object.fromEntries(
  remoteKinds.flatMap(({ variables }) => Object.entries(variables)),
);

/** The kind of this name; `null` where none has it. */
export function findRemoteKind(name: string | null): RemoteKind | null {
  return remoteKinds.find(({ kind }) => kind === name) ?? null;
}

/** The kind of a server. */
export function remoteKindOf({ kind: name }: Pick<RemoteServer, "kind">): RemoteKind {
  const kind = findRemoteKind(name);
  if (kind) return kind;
  const known = remoteKinds.map((one) => one.kind).join(", ");
  throw new EditError("internal", `Expected a server of one of the kinds ${known}, got ${name}.`);
}

/** One server in `LRBOT_INPAINTERS`, as messages show it. */
export function exampleOf({ kind, port }: RemoteKind): string {
  return `${kind}=http://127.0.0.1:${port}`;
}
