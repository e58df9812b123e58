import type { Config } from "../config.ts";
import { EditError } from "../errors.ts";
import type { PackManifest } from "../packs/pack.ts";
import { exampleOf, findRemoteKind, remoteKinds } from "../pipeline/inpainters/remote/kinds.ts";
import type { RemoteServer } from "../types.ts";

/** Where one lane's jobs run: networks on a device, painting there too unless a server does it. */
export interface LanePlan {
  /** The lane's name: the device's, or the server's. */
  readonly name: string;
  readonly device: string;
  readonly server: RemoteServer | null;
}

/**
 * The lanes for jobs of a pack: one for each device where the pack paints, one for each server where it leaves that to
 * them. Servers share the devices in turn. Simulated devices paint by themselves, whatever the pack.
 * @param inpainter What was asked for; a kind of servers means those of that kind, for any pack.
 * @throws EditError `inpainter-unknown` where no server is configured that could paint
 */
export function lanePlansOf(
  { lanes, inpainters }: Config,
  { name, inpainter: own }: Pick<PackManifest, "name" | "inpainter">,
  inpainter: string | null = null,
): LanePlan[] {
  const kind = findRemoteKind(inpainter);
  const isSimulated = lanes.some((lane) => lane.startsWith("simulated:"));
  if (kind === null && (own !== "remote" || isSimulated))
    return lanes.map((device) => ({ name: device, device, server: null }));
  const servers = inpainters.filter((server) => kind === null || server.kind === kind.kind);
  if (servers.length > 0) {
    return servers.map((server, index) => ({
      name: server.name,
      device: lanes[index % lanes.length] ?? "cpu",
      server,
    }));
  }
  throw new EditError(
    "inpainter-unknown",
    kind === null
      ? `Expected servers that paint for pack ${name}, got none. Set LRBOT_INPAINTERS, such as ${remoteKinds.map(exampleOf)[0]}.`
      : `Expected a server of the kind ${kind.kind}, got none. Set LRBOT_INPAINTERS, such as ${exampleOf(kind)}.`,
  );
}
