import { join, sep } from "node:path";
import { type Config, packageFolder } from "../../config.ts";
import type { ErrorCode } from "../../errors.ts";
import { describePack } from "../../packs/open.ts";

/** The step that brings the configured pack into order, by what is wrong with it and where it comes from. */
export async function packMend(
  { pack, packRoots: roots }: Pick<Config, "pack" | "packRoots">,
  code: ErrorCode | null,
): Promise<string> {
  if (code === "out-of-memory")
    return "close other programs, add memory, or set LRBOT_PACK to a smaller pack";
  const described = await describePack(pack, { roots }).catch(() => null);
  if (described === null) return "unset LRBOT_PACK";
  const { folder, manifest } = described;
  if (folder.startsWith(join(packageFolder, "models") + sep) && code !== "pack-not-pulled") {
    return "git checkout -- models";
  }
  const isPulled = manifest.files.some(({ repository }) => repository !== null);
  const fetch = isPulled
    ? `lrbot packs pull ${pack}`
    : `lrbot packs remove ${pack}, then lrbot packs add with sound files`;
  return `${fetch}, or unset LRBOT_PACK`;
}
