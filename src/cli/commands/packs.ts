import type { Command } from "commander";
import { EditError } from "../../errors.ts";
import { type ListedPack, listPacks } from "../../packs/list.ts";
import { openPack } from "../../packs/open.ts";
import type { Pack } from "../../packs/pack.ts";
import { verifyPack } from "../../packs/verify.ts";
import type { CommandContext } from "../context.ts";
import { tableOf } from "../table.ts";
import { addAddAndRemove } from "./packs-add.ts";
import { addPull } from "./packs-pull.ts";
import { addTry } from "./packs-try.ts";

/** `lrbot packs` with all its commands. */
export function addPacks(program: Command, context: CommandContext): void {
  const packs = program
    .command("packs")
    .summary("list, fetch, add, check and remove model packs")
    .description(
      "Model packs: the networks that an edit is made with. They are looked for in models/ of this package and in " +
        "packs/ of the data folder (LRBOT_DATA).",
    )
    .helpOption("-h, --help", "say this")
    .helpCommand(false);
  packs
    .command("list")
    .summary("list the packs that are here or can be pulled")
    .description(
      "Lists the packs on this machine, what is wrong with those that are no use, and those that can be pulled.",
    )
    .helpOption("-h, --help", "say this")
    .option("--json", "print a JSON array")
    .addHelpText("after", "\nExample:\n  $ lrbot packs list")
    .action((options: { json?: true }) => runList(options.json === true, context));
  packs
    .command("verify [name]")
    .summary("compare every file of a pack with its sha256")
    .description(
      "Reads every file of a pack, or of all packs, and compares its sha256 with the pack's list. Exit status 3 " +
        "where one differs or is missing. An edit does the same with packs of up to 256 MB each time it loads one.",
    )
    .helpOption("-h, --help", "say this")
    .option("--json", "print a JSON array")
    .addHelpText("after", "\nExamples:\n  $ lrbot packs verify\n  $ lrbot packs verify mini")
    .action((name: string | undefined, options: { json?: true }) =>
      runVerify(name, options.json === true, context),
    );
  addPull(packs, context);
  addAddAndRemove(packs, context);
  addTry(packs, context);
}

async function runList(json: boolean, { terminal, config }: CommandContext): Promise<void> {
  // What can be used at once stands first; sorting keeps the order among equals.
  const isThere = (pack: ListedPack) => ("pack" in pack ? 0 : 1);
  const found = await listPacks(config().packRoots);
  const listed = found.toSorted((a, b) => isThere(a) - isThere(b)).map(rowOf);
  if (json) return terminal.out(JSON.stringify(listed, null, 2));
  terminal.out(
    tableOf(
      ["pack", "version", "size", "state", "what it is"],
      listed.map((row) => [row.name, row.version ?? "", megabytes(row.bytes), stateOf(row), row.title]),
    ),
  );
}

interface PackRow {
  readonly name: string;
  readonly folder: string;
  readonly title: string;
  readonly version: string | null;
  /** `null` where the manifest does not know the size of every file. */
  readonly bytes: number | null;
  readonly error: string | null;
}

function rowOf(listed: ListedPack): PackRow {
  const { name, folder } = listed;
  const manifest = "error" in listed ? listed.manifest : listed.pack.manifest;
  const error = "error" in listed ? listed.error.code : null;
  if (manifest === null) {
    const title = "error" in listed ? listed.error.message : "";
    return { name, folder, title, version: null, bytes: null, error };
  }
  const { title, version, files } = manifest;
  const bytes = files.reduce<number | null>(
    (sum, { size }) => (sum === null || size === null ? null : sum + size),
    0,
  );
  return { name, folder, title, version, bytes, error };
}

function stateOf({ error, name }: PackRow): string {
  return error === "pack-not-pulled" ? `can be pulled: lrbot packs pull ${name}` : (error ?? "complete");
}

function megabytes(bytes: number | null): string {
  return bytes === null ? "" : `${(bytes / 1e6).toFixed(1)} MB`;
}

async function runVerify(name: string | undefined, json: boolean, context: CommandContext): Promise<void> {
  const { terminal, interrupt } = context;
  const { packRoots } = context.config();
  const packs =
    name === undefined ? await everyPack(packRoots) : [await openPack(name, { roots: packRoots })];
  const rows: { pack: string; file: string; sha256: string; state: string }[] = [];
  for (const pack of packs) {
    await verifyPack(pack, {
      signal: interrupt.signal,
      onFile: ({ path, sha256, state }) => rows.push({ pack: pack.manifest.name, file: path, sha256, state }),
    });
  }
  if (json) return terminal.out(JSON.stringify(rows, null, 2));
  terminal.out(
    tableOf(
      ["pack", "file", "sha256", "state"],
      rows.map((row) => [row.pack, row.file, row.sha256.slice(0, 12), row.state]),
    ),
  );
}

async function everyPack(roots: readonly string[]): Promise<Pack[]> {
  const listed = await listPacks(roots);
  if (listed.length === 0) {
    throw new EditError("pack-missing", `Expected a model pack in one of ${roots.join(", ")}, got none.`);
  }
  return listed.flatMap((entry) => {
    if (!("error" in entry)) return [entry.pack];
    if (entry.error.code === "pack-not-pulled") return [];
    throw entry.error;
  });
}
