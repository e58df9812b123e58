import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { EditError } from "../errors.ts";
import { packageFolder } from "../package-folder.ts";
import type { CommandContext } from "./context.ts";

/**
 * Parses a command line and runs its command.
 * @param words The arguments after the program's name.
 * @throws EditError `usage`, and every code of the command
 */
export async function runCommandLine(words: readonly string[], context: CommandContext): Promise<void> {
  const program = new Command("lrbot")
    .description("Edits a picture from a sentence, and learns where to edit. Nobody draws a mask.")
    .version(versionOf(packageFolder), "--version", "print the version")
    .helpOption("-h, --help", "say what a command does and how it is used")
    .helpCommand("help [command]", "say the same of a command")
    .configureOutput({ writeOut: (text) => context.terminal.out(text.trimEnd()), writeErr: () => {} })
    .configureHelp({ showGlobalOptions: false })
    .exitOverride()
    .addHelpText("after", examples);
  for (const add of await commandsFor(words)) add(program, context);
  try {
    if (words.length === 0) throw new EditError("usage", "Expected a command, got none. See lrbot --help.");
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageErrorOf(error, words, program);
  }
}

/** Adds a command to the program: its options, its help and what it does. */
type AddCommand = (program: Command, context: CommandContext) => void;

/** In the order of `lrbot --help`. */
const commands = new Map<string, () => Promise<AddCommand>>([
  ["edit", async () => (await import("./commands/edit.ts")).addEdit],
  ["demo", async () => (await import("./commands/demo.ts")).addDemo],
  ["start", async () => (await import("./commands/start.ts")).addStart],
  ["register", async () => (await import("./commands/register.ts")).addRegister],
  ["backup", async () => (await import("./commands/backup.ts")).addBackup],
  ["worker", async () => (await import("./commands/worker.ts")).addWorker],
  ["packs", async () => (await import("./commands/packs.ts")).addPacks],
  ["learn", async () => (await import("./commands/learn.ts")).addLearn],
  ["eval", async () => (await import("./commands/eval.ts")).addEval],
  ["check-mark", async () => (await import("./commands/check-mark.ts")).addCheckMark],
  ["doctor", async () => (await import("./commands/doctor.ts")).addDoctor],
  ["goldens", async () => (await import("./commands/goldens.ts")).addGoldens],
]);

/**
 * Loads the command that the first word names: what the others need would be read for nothing. Where it names none
 * (help, a word that is unknown), all of them.
 */
function commandsFor([first = ""]: readonly string[]): Promise<AddCommand[]> {
  const named = commands.get(first);
  return Promise.all((named ? [named] : [...commands.values()]).map((load) => load()));
}

const examples = `
Examples:
  $ lrbot demo
  $ lrbot edit --image photo.jpg --prompt "a big tree with many flowers"
  $ lrbot edit --help

Exit status: 0 done, 2 wrong usage or unusable input, 3 a pack is missing or
damaged, 4 cancelled, 1 anything else. The environment, and a .env file in the
folder you are in, set the rest (data folder, pack, device): see docs/settings.md.`;

function versionOf(folder: string): string {
  const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  return manifest instanceof Object && "version" in manifest ? String(manifest.version) : "unknown";
}

/** What is wrong with a command line, in the words that all our errors use. Commander's own say it otherwise. */
function usageErrorOf(error: CommanderError, words: readonly string[], program: Command): EditError {
  const [quoted = ""] = error.message.match(/(?<=').*(?=')/s) ?? [];
  const [hint = ""] = error.message.match(/(?<=\()Did you mean.*(?=\))/s) ?? [];
  const [first = "", second = ""] = words;
  const command = program.commands.find((known) => known.name() === first);
  const sentence =
    first === "help"
      ? `Expected a known command after help, got ${second}.`
      : (sentences[error.code]?.(quoted, command) ?? `Expected a known command line, got ${error.message}.`);
  const help = ["lrbot", command?.name(), "--help"].filter(Boolean).join(" ");
  return new EditError("usage", [sentence, hint, `See ${help}.`].filter(Boolean).join(" "), { cause: error });
}

const sentences: Readonly<Record<string, (quoted: string, command?: Command) => string>> = {
  "commander.help": () => "Expected a command, got none.",
  "commander.missingArgument": (name) => `Expected a value for ${name}, got none.`,
  "commander.optionMissingArgument": (flags) => `Expected a value after ${flags}, got none.`,
  "commander.missingMandatoryOptionValue": (flags) => `Expected the option ${flags}, got none.`,
  "commander.unknownOption": (flag) => `Expected a known option, got ${flag}.`,
  "commander.unknownCommand": (name) => `Expected a known command, got ${name}.`,
  // Most often a prompt that the shell took apart.
  "commander.excessArguments": (name, command) =>
    `Expected no further words after ${name}, got "${command?.args.at(-1)}". Put a text of several words in quotes.`,
};
