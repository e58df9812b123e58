import type { Command } from "commander";
import { backupSqliteStore } from "../../store/sqlite/store.ts";
import type { CommandContext } from "../context.ts";

/** `lrbot backup`: a consistent copy of the store, while the bot runs. */
export function addBackup(program: Command, { terminal, config }: CommandContext): void {
  program
    .command("backup")
    .summary("copy the bot's store to a file, also while it runs")
    .description(
      "Writes a consistent copy of the store (jobs, settings, audit, keys) to a file that does not exist yet, also while the " +
        "bot runs. Pictures lie beside it in the data folder's jobs/ and are copied by any tool; docs/operating.md has both.",
    )
    .helpOption("-h, --help", "say this")
    .argument("<file>", "the copy")
    .addHelpText("after", "\nExample:\n  $ lrbot backup backup-monday.db")
    .action((file: string) => {
      backupSqliteStore(config().dataFolder, file);
      terminal.out(file);
    });
}
