import { copyFile, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { describeStore } from "../conformance.ts";

describeStore("SQLite", {
  open: (folder) => openSqliteStore({ folder }),
  async openBackup(file) {
    const folder = await mkdtemp(join(tmpdir(), "lrbot-backup-"));
    await copyFile(file, join(folder, "store.db"));
    return openSqliteStore({ folder });
  },
});
