import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { openDatabase } from "../../../src/store/sqlite/database.ts";
import { migrate, migrations } from "../../../src/store/sqlite/migrations.ts";
import { backupSqliteStore, openSqliteStore } from "../../../src/store/sqlite/store.ts";
import { newJob } from "../jobs.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "lrbot-sqlite-"));
  file = join(folder, "store.db");
});
afterEach(() => rm(folder, { recursive: true }));

describe("a store that is in use", () => {
  it("is refused to a second opening, naming the process that has it and since when", async () => {
    const store = await openSqliteStore({ folder });
    const started = new Date(performance.timeOrigin).toISOString();
    await expect(openSqliteStore({ folder })).rejects.toMatchObject({
      code: "store-in-use",
      message: expect.stringContaining(`process ${process.pid}, started at ${started}`),
    });
    await store[Symbol.asyncDispose]();
    await (await openSqliteStore({ folder }))[Symbol.asyncDispose]();
  });

  const hold = async () => {
    const holder = spawn(
      process.execPath,
      ["--expose-gc", "--import", "tsx", join(import.meta.dirname, "holder.ts"), folder],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const ended = once(holder, "exit");
    await once(holder.stdout, "data");
    onTestFinished(() => void holder.kill("SIGKILL"));
    const kill = async () => {
      holder.kill("SIGKILL");
      await ended;
    };
    return { pid: holder.pid, kill };
  };

  it("is refused to another process, and free once the holder was killed", async () => {
    const holder = await hold();
    await expect(openSqliteStore({ folder })).rejects.toMatchObject({
      code: "store-in-use",
      message: expect.stringMatching(new RegExp(`process ${holder.pid}, started at 20\\d\\d-`)),
    });
    expect(JSON.parse(await readFile(join(folder, "store.holder"), "utf8"))).toMatchObject({
      pid: holder.pid,
    });
    await holder.kill();
    const store = await openSqliteStore({ folder });
    expect(await store.jobs.count({})).toBe(1);
    await store[Symbol.asyncDispose]();
  });

  it.each([
    ["store.lock", ["store.lock"]],
    ["store.lock and store.holder", ["store.lock", "store.holder"]],
    ["everything that SQLite and the lock put beside it", ["store.lock", "store.holder", "store.db-shm"]],
  ])("is refused to another process where somebody deleted %s", async (_, names) => {
    const holder = await hold();
    for (const name of names) await rm(join(folder, name));
    for (let look = 0; look < 2; look++) {
      await expect(openSqliteStore({ folder, backupMilliseconds: 100 })).rejects.toMatchObject({
        code: "store-in-use",
        message: expect.stringContaining(names.length > 1 ? "another process" : `process ${holder.pid}`),
      });
    }
    await holder.kill();
    const store = await openSqliteStore({ folder });
    expect(await store.jobs.count({})).toBe(1);
    await store[Symbol.asyncDispose]();
  });

  it("waits for a copy that another program makes of it to end", async () => {
    await (await openSqliteStore({ folder }))[Symbol.asyncDispose]();
    const copying = openDatabase(file);
    copying.execute("PRAGMA journal_mode = WAL; BEGIN; SELECT count(*) FROM sqlite_schema");
    await expect(openSqliteStore({ folder, backupMilliseconds: 100 })).rejects.toMatchObject({
      code: "store-in-use",
    });
    const opening = openSqliteStore({ folder });
    copying.close();
    await (await opening)[Symbol.asyncDispose]();
  });

  it("can be copied all the same", async () => {
    const store = await openSqliteStore({ folder });
    const { id } = await store.jobs.add(newJob(), 1);
    await mkdir(join(folder, "copy"));
    backupSqliteStore(folder, join(folder, "copy", "store.db"));
    const copy = await openSqliteStore({ folder: join(folder, "copy") });
    expect(await copy.jobs.find(id)).toEqual(await store.jobs.find(id));
    for (const each of [copy, store]) await each[Symbol.asyncDispose]();
    expect(() => backupSqliteStore(join(folder, "none"), join(folder, "x.db"))).toThrow("got none");
  });

  it("stops waiting for the holder when it is cancelled", async () => {
    const store = await openSqliteStore({ folder });
    const signal = AbortSignal.abort();
    await expect(openSqliteStore({ folder, signal })).rejects.toMatchObject({ code: "cancelled" });
    await store[Symbol.asyncDispose]();
  });
});

describe("a store whose file is not at its path any more", () => {
  it.each([
    ["deleted", () => rm(file), "store-unwritable"],
    [
      "replaced",
      async () => {
        await rename(file, `${file}.away`);
        await writeFile(file, "");
        await writeFile(`${file}-wal`, "of the other store");
      },
      "store-replaced",
    ],
  ])("takes no writes once it was %s, and still answers", async (what, harm, code) => {
    const store = await openSqliteStore({ folder });
    const { id } = await store.jobs.add(newJob(), 1);
    await harm();
    const refusal = { code };
    await expect(store.jobs.add(newJob(), 2)).rejects.toMatchObject(refusal);
    await expect(store.events.isNew("event", 2)).rejects.toMatchObject(refusal);
    await expect(store.probe()).rejects.toMatchObject(refusal);
    expect(await store.jobs.find(id)).toMatchObject({ state: "waiting" });
    await store[Symbol.asyncDispose]();
    if (what === "replaced") expect(await readFile(`${file}-wal`, "utf8")).toBe("of the other store");
  });
});

describe("a store that is damaged", () => {
  const filled = async () => {
    const store = await openSqliteStore({ folder });
    for (let job = 0; job < 200; job++) await store.jobs.add(newJob({ prompt: "x".repeat(500) }), job);
    await store[Symbol.asyncDispose]();
  };
  const refused = async () => {
    await expect(openSqliteStore({ folder })).rejects.toMatchObject({ code: "store-unreadable" });
    // The refusal itself leaves nothing locked.
    await rm(file, { recursive: true });
    for (const rest of ["store.db-wal", "store.db-shm"]) await rm(join(folder, rest), { force: true });
    await (await openSqliteStore({ folder }))[Symbol.asyncDispose]();
  };

  it("is refused when it is something else", async () => {
    await writeFile(file, "this is not a database, and never was one\n".repeat(100));
    await refused();
  });

  it("is refused when pages in its middle are garbage", async () => {
    await filled();
    const handle = await open(file, "r+");
    const { size } = await handle.stat();
    await handle.write(Buffer.alloc(8192, 0xa5), 0, 8192, Math.floor(size / 8192 / 2) * 8192);
    await handle.close();
    await refused();
  });

  it("is refused when its end is missing", async () => {
    await filled();
    await truncate(file, Math.floor((await stat(file)).size / 8192) * 4096);
    await refused();
  });

  it("is refused when a folder stands in its place", async () => {
    await mkdir(file);
    await refused();
  });

  it("is refused when a row is not what this program writes", async () => {
    const store = await openSqliteStore({ folder });
    const { id } = await store.jobs.add(newJob(), 1);
    await store[Symbol.asyncDispose]();
    const database = openDatabase(file);
    database.execute(`UPDATE jobs SET ticket = '{"request":5}'`);
    database.close();
    const again = await openSqliteStore({ folder });
    await expect(again.jobs.find(id)).rejects.toMatchObject({ code: "store-unreadable" });
    await again[Symbol.asyncDispose]();
  });
});

describe("a data folder", () => {
  it("that cannot be made is refused", async () => {
    await writeFile(join(folder, "file"), "");
    await expect(openSqliteStore({ folder: join(folder, "file", "data") })).rejects.toMatchObject({
      code: "output-unwritable",
    });
  });

  it("is made where it is missing, with a store for this user's eyes", async () => {
    const store = await openSqliteStore({ folder: join(folder, "a", "b") });
    await store.jobs.add(newJob(), 1);
    for (const name of ["store.db", "store.db-wal"]) {
      expect((await stat(join(folder, "a", "b", name))).mode & 0o077).toBe(0);
    }
    await store[Symbol.asyncDispose]();
  });
});

describe("migrations", () => {
  const version = () => {
    const database = openDatabase(file);
    const number = database.pragma("user_version");
    database.close();
    return number;
  };

  it("bring a store of the first version to the newest, and keep what is in it", async () => {
    const database = openDatabase(file);
    migrate(database, migrations.slice(0, 1));
    const store = {
      person: "chat:ann",
      ticket: JSON.stringify(newJob()),
      place: JSON.stringify(newJob().place),
    };
    database.prepare("INSERT INTO people (person) VALUES (:person)").run({ person: store.person });
    database
      .prepare(`INSERT INTO jobs (id, person, platform, user, state, pack, work, created_at, shows_box, place, ticket)
        VALUES ('first', :person, 'chat', 'ann', 'waiting', 'mini', 'learn', 5, 0, :place, :ticket)`)
      .run(store);
    const made = JSON.stringify({ ...newJob(), lineage: { parent: "first", kind: "larger" } });
    database.execute("INSERT INTO people (person) VALUES ('chat:ben')");
    database
      .prepare(`INSERT INTO jobs (id, person, platform, user, state, pack, work, created_at, shows_box, place, ticket)
        VALUES ('child', 'chat:ben', 'chat', 'ben', 'waiting', 'mini', 'paint', 6, 0, :place, :made)`)
      .run({ place: store.place, made });
    database.close();
    const opened = await openSqliteStore({ folder });
    expect(await opened.jobs.find("first")).toMatchObject({ state: "waiting", request: { pack: "mini" } });
    // Who waited stands in line as before.
    const line = (await opened.jobs.waiting()).jobs.map(({ id, person, createdAt }) => [
      id,
      person,
      createdAt,
    ]);
    expect(line.toSorted()).toEqual([
      ["child", "chat:ben", 6],
      ["first", "chat:ann", 5],
    ]);
    const copy = { ...newJob({ user: "ben" }), lineage: { parent: "child", kind: "reroll" as const } };
    await opened.jobs.add(copy, 7);
    expect(await opened.jobs.forget({ platform: "chat", user: "ann" }, 8)).toMatchObject({
      ...{ jobs: ["first"], copies: ["child", copy.id] },
    });
    const room = await opened.orders.room({ platform: "chat", user: "ann" }, { waiting: 9, perDay: 1 }, 6);
    expect(room).toEqual({ kind: "per-day", orders: 1, oldest: 5 });
    await opened[Symbol.asyncDispose]();
    expect(version()).toBe(migrations.length);
  });

  it("run each once, in order", () => {
    const database = openDatabase(file);
    const steps = ["CREATE TABLE one (a TEXT)", "ALTER TABLE one ADD COLUMN b TEXT"];
    migrate(database, steps.slice(0, 1));
    migrate(database, steps);
    migrate(database, steps);
    database.execute("INSERT INTO one (a, b) VALUES ('x', 'y')");
    database.close();
    expect(version()).toBe(2);
  });

  it("leave a store as it was when one of them fails", () => {
    const database = openDatabase(file);
    const steps = ["CREATE TABLE one (a TEXT)", "CREATE TABLE two (a TEXT); INSERT INTO missing VALUES (1)"];
    expect(() => migrate(database, steps)).toThrow("missing");
    expect(database.prepare("SELECT name FROM sqlite_schema").all()).toEqual([{ name: "one" }]);
    database.close();
    expect(version()).toBe(1);
  });

  it("refuse a store that a newer program wrote", async () => {
    await (await openSqliteStore({ folder }))[Symbol.asyncDispose]();
    const database = openDatabase(file);
    database.execute("PRAGMA user_version = 99");
    database.close();
    await expect(openSqliteStore({ folder })).rejects.toMatchObject({
      code: "store-unreadable",
      message: expect.stringContaining("got version 99: a newer program"),
    });
  });
});

describe("what is kept of who had everything forgotten", () => {
  it("is no more than a number of orders, and names nobody, in no file of the store", async () => {
    const store = await openSqliteStore({ folder });
    const owner = { platform: "chat", user: "somebody-rare" };
    const mine = await store.jobs.add(newJob({ user: owner.user, prompt: "words-that-are-rare" }), 1000);
    await store.jobs.add({ ...newJob({ user: "ben" }), lineage: { parent: mine.id, kind: "reroll" } }, 1000);
    await store.jobs.forget(owner, 2000);
    expect(await store.orders.room(owner, { waiting: 1, perDay: 1 }, 2000)).toMatchObject({ orders: 1 });
    const found = async () => {
      const names = (await readdir(folder)).filter((name) => name.startsWith("store."));
      const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "latin1")));
      expect(texts.join()).toContain("picture_of");
      return ["somebody-rare", "words-that-are-rare"].filter((word) => texts.join().includes(word));
    };
    expect(await found()).toEqual([]);
    await store[Symbol.asyncDispose]();
    expect(await found()).toEqual([]);
  });
});

describe("a database", () => {
  it("refuses values that would end the process", () => {
    const database = openDatabase(file);
    database.execute("CREATE TABLE one (a TEXT)");
    const insert = database.prepare("INSERT INTO one VALUES (?)");
    for (const value of [true, undefined, {}, 5n]) {
      expect(() => insert.run([value] as never)).toThrow(TypeError);
    }
    database.close();
  });

  it("takes back all of a transaction that fails, also one within another", () => {
    const database = openDatabase(file);
    database.execute("CREATE TABLE one (a TEXT)");
    const insert = database.prepare("INSERT INTO one VALUES (?)");
    const fails = () =>
      database.transaction(() => {
        insert.run(["x"]);
        database.transaction(() => insert.run(["y"]));
        throw new RangeError("after both");
      });
    expect(fails).toThrow("after both");
    expect(database.prepare("SELECT * FROM one").all()).toEqual([]);
    database.close();
  });
});
