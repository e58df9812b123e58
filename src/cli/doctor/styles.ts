import type { Config } from "../../config.ts";
import { EditError } from "../../errors.ts";
import { openPack } from "../../packs/open.ts";
import type { Pack } from "../../packs/pack.ts";
import { type Style, styledPack } from "../../packs/styles.ts";
import { openPackProbe, type PackProbe, type ProbeCall } from "../../pipeline/workers/probe/client.ts";
import { whyUnfit } from "../../service/painters.ts";
import { type Finding, findingOf } from "./finding.ts";

/** Whether the file of each style is there and sound, and which of the offered packs it fits. */
export async function styleFindings(config: Config, call: ProbeCall): Promise<Finding[]> {
  const { packs: names, packRoots: roots, styles } = config;
  if (styles.length === 0) return [];
  const opened = await Promise.all(names.map((name) => openPack(name, { roots }).catch(nullOfRefusal)));
  const packs = opened.filter((pack) => pack !== null);
  await using probe = openPackProbe(call);
  const findings: Finding[] = [];
  for (const style of styles) findings.push(await styleFinding(style, packs, probe));
  return findings;
}

/** Such a pack is a finding of its own. */
function nullOfRefusal(error: unknown): null {
  if (error instanceof EditError && error.code !== "cancelled") return null;
  throw error;
}

async function styleFinding(style: Style, packs: readonly Pack[], probe: PackProbe): Promise<Finding> {
  const { name, file } = style;
  const check = `style ${name}`;
  const mend = `name a file that is there and fits, or take ${name} out of LRBOT_STYLES`;
  if (packs.length === 0) {
    const says = `There is no pack to hold ${file} against.`;
    return { check, state: "broken", says, mend: "mend the pack" };
  }
  const look = async () => {
    const fitting: string[] = [];
    const others: string[] = [];
    let firstReason: string | null = null;
    for (const pack of packs) {
      const reason = await whyUnfit(styledPack(pack, style), probe);
      (reason === null ? fitting : others).push(pack.manifest.name);
      firstReason ??= reason;
    }
    if (fitting.length === 0) {
      throw new EditError(
        "style-unfit",
        `Expected a LoRA that fits ${listOf(others, "or")}, got ${file}. ${firstReason}`,
      );
    }
    const rest = others.length === 0 ? "" : `, and not ${listOf(others, "or")}`;
    return `${file} fits ${listOf(fitting, "and")}${rest}.`;
  };
  return findingOf(check, look, () => mend);
}

/** `a, b and c`. */
function listOf(names: readonly string[], last: "and" | "or"): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} ${last} ${names.at(-1)}`;
}
