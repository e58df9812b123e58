import { join, sep } from "node:path";
import type { Config } from "../../config.ts";
import type { ErrorCode } from "../../errors.ts";
import { packageFolder } from "../../package-folder.ts";
import { describePack } from "../../packs/open.ts";

/** The step that brings an offered pack into order, by what is wrong with it and where it comes from. */
export async function packMend(
  pack: string,
  { packs, packRoots: roots }: Pick<Config, "packs" | "packRoots">,
  code: ErrorCode | null,
): Promise<string> {
  const isOneOfSeveral = packs.length > 1;
  const leaveOut = isOneOfSeveral ? `take ${pack} out of LRBOT_PACKS` : "unset LRBOT_PACK";
  if (code === "out-of-memory") {
    const other = isOneOfSeveral ? leaveOut : "set LRBOT_PACK to a smaller pack";
    return `close other programs, add memory, or ${other}`;
  }
  const described = await describePack(pack, { roots }).catch(() => null);
  if (described === null) return leaveOut;
  const { folder, manifest } = described;
  if (folder.startsWith(join(packageFolder, "models") + sep) && code !== "pack-not-pulled") {
    return "git checkout -- models";
  }
  const isPulled = manifest.files.some(({ repository }) => repository !== null);
  const fetch = isPulled
    ? `lrbot packs pull ${pack}`
    : `lrbot packs remove ${pack}, then lrbot packs add with sound files`;
  return `${fetch}, or ${leaveOut}`;
}
