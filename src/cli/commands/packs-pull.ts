import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Command } from "commander";
import type { Clocks } from "../../clocks.ts";
import { EditError } from "../../errors.ts";
import { createFolderHub } from "../../packs/hub/folder-hub.ts";
import { createHttpHub } from "../../packs/hub/http-hub.ts";
import type { Hub } from "../../packs/hub/hub.ts";
import { describePack } from "../../packs/open.ts";
import type { PackLicense } from "../../packs/pack.ts";
import { keepAccepted, licensesToAccept } from "../../packs/pulling/licenses.ts";
import { type PulledPack, pullPack } from "../../packs/pulling/pull.ts";
import { isAffirmed } from "../ask.ts";
import type { CommandContext } from "../context.ts";
import { createPullView, sized } from "../pull-view.ts";

export interface PullCommandOptions {
  readonly acceptLicence?: true;
  readonly mirror?: string;
  readonly update?: true;
  readonly quiet?: true;
}

/** Adds the options of a pull to a command that pulls. */
export function withPullOptions(command: Command): Command {
  return command
    .option("--accept-licence", "accept the pack's licences, which are shown")
    .option("--mirror <dir>", "take the files from this folder in place of HF_ENDPOINT")
    .option("--quiet", "no progress and no notes; errors are still told");
}

/** `lrbot packs pull`. */
export function addPull(packs: Command, context: CommandContext): void {
  withPullOptions(
    packs
      .command("pull <name>")
      .summary("fetch a pack's files from the model hub")
      .description(
        "Fetches the files of a pack from HF_ENDPOINT into packs/ of the data folder, checks each by its sha256, and " +
          "writes down in pack.lock.json what they were: a later pull gets the same, or fails. A pull that was " +
          "interrupted goes on where it stopped.",
      )
      .helpOption("-h, --help", "say this"),
  )
    .option("--update", "ask the hub for the newest revision, and lock that")
    .addHelpText(
      "after",
      "\nExamples:\n  $ lrbot packs pull sd15-inpaint\n  $ lrbot packs pull sd15-inpaint --accept-licence --mirror /srv/mirror",
    )
    .action((name: string, options: PullCommandOptions) => runPull(name, options, context));
}

async function runPull(name: string, options: PullCommandOptions, context: CommandContext): Promise<void> {
  const { pack, fetchedBytes, files } = await pull(name, options, context);
  if (options.quiet) return;
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  const fetched = fetchedBytes === 0 ? "nothing had to be fetched" : `${sized(fetchedBytes)} fetched`;
  context.terminal.out(
    `pack ${name} is complete: ${files.length} files, ${sized(bytes)}, each checked by its sha256; ${fetched}.\n` +
      `It lies in ${pack.folder}. Use it with lrbot edit --pack ${name}, or LRBOT_PACK=${name}.`,
  );
}

/**
 * Licences, files, and a look into every network's description and header.
 * @throws EditError those of `pullPack` and `checkPack`; `license-not-accepted`
 */
export async function pull(
  name: string,
  options: PullCommandOptions,
  context: CommandContext,
): Promise<PulledPack> {
  const { terminal, interrupt, clocks } = context;
  const { packRoots, dataFolder, hub: place } = context.config();
  const description = await describePack(name, { roots: packRoots });
  await acceptLicenses(name, description.manifest.licenses, options, context);
  const view = createPullView(terminal, { quiet: options.quiet === true });
  await using hub = openHub(options.mirror ?? null, place, clocks);
  await using probe = context.openPackProbe();
  try {
    return await pullPack(description, {
      hub,
      root: join(dataFolder, "packs"),
      signal: interrupt.signal,
      clock: clocks.wall,
      update: options.update === true,
      onProgress: view.show,
      onNote: view.note,
      retries: {
        onWait: (why, milliseconds) =>
          view.note(`${why}; trying again in ${(milliseconds / 1000).toFixed(1)} s.`),
      },
      checkTexts: probe.configurations,
      check: probe.networks,
    });
  } finally {
    view.end();
  }
}

function openHub(
  mirror: string | null,
  { endpoint, token }: { endpoint: string; token: string | null },
  { wall }: Clocks,
): Hub {
  if (mirror !== null) return createFolderHub(mirror);
  return endpoint.startsWith("file:")
    ? createFolderHub(fileURLToPath(endpoint))
    : createHttpHub({ endpoint, token, clock: wall });
}

/** Shows the licences that were not accepted before, and keeps that they are. */
async function acceptLicenses(
  name: string,
  licenses: readonly PackLicense[],
  options: PullCommandOptions,
  context: CommandContext,
): Promise<void> {
  const { terminal, interrupt } = context;
  const { dataFolder } = context.config();
  const open = await licensesToAccept(licenses, dataFolder);
  if (open.length === 0) return;
  if (!options.quiet || !options.acceptLicence) for (const license of open) terminal.say(shown(license));
  if (!options.acceptLicence && !(await isAccepted(terminal.isScreen, interrupt.signal))) {
    throw new EditError(
      "license-not-accepted",
      `Expected the licence of pack ${name} to be accepted (${open.map(({ url }) => url).join(", ")}), got no yes. ` +
        `Read it, then run lrbot packs pull ${name} --accept-licence.`,
    );
  }
  await keepAccepted(open, name, dataFolder, context.clocks.wall());
}

function shown({ title, url, says }: PackLicense): string {
  return `Licence: ${title}\n  ${url}\n  ${says}`;
}

async function isAccepted(isScreen: boolean, signal: AbortSignal): Promise<boolean> {
  const { stdin: input, stderr: output } = process;
  if (!isScreen || input.isTTY !== true) return false;
  return await isAffirmed("Do you accept it?", { input, output, signal });
}
