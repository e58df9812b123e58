import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { OperatorAudit, OperatorSeries, OperatorView, Problem } from "../../../src/bots/web/protocol.ts";
import { flatPng } from "../painted.ts";
import { type PageBot, startPageBot, until } from "./page-bot.ts";
import type { PageClient } from "./page-client.ts";

let server: PageBot;
let photo: Uint8Array;

async function edit(page: PageClient, prompt = "a big tree"): Promise<string> {
  server.bot.lane.auto = true;
  const { body } = await page.upload(photo);
  const before = new Set((await server.bot.store.jobs.list({})).map(({ id }) => id));
  await page.say({ text: `/edit "${prompt}"`, picture: body.id });
  const job = await until(
    async () => (await server.bot.store.jobs.list({})).find(({ id }) => !before.has(id)),
    "a job",
  );
  await until(async () => (await server.bot.store.jobs.find(job.id))?.state === "done", "its end");
  return job.id;
}

/** A request as no browser would send it; gives the status line and what follows. */
async function raw(text: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  let answer = "";
  socket.setEncoding("utf8").on("data", (chunk) => {
    answer += chunk;
  });
  socket.on("error", () => {});
  socket.write(text);
  await until(() => answer.includes("\r\n\r\n"), "an answer");
  socket.destroy();
  return answer;
}

describe("the page of one person", () => {
  beforeEach(async () => {
    photo = await flatPng(120);
    server = await startPageBot();
  });
  afterEach(async () => {
    const { complaints } = server.bot;
    await server[Symbol.asyncDispose]();
    expect(complaints).toEqual([]);
  });

  it("shows an edit from its order to its result, and its pictures as PNG and JPEG that nothing runs in", async () => {
    const page = await server.open();
    await page.listen();
    const id = await edit(page);
    const job = await page.job(id);
    expect(job).toMatchObject({ state: "done", isMine: true, source: { width: 128, height: 128 } });
    expect(job.result?.results.map(({ words }) => words)).toEqual([
      "fits the words best",
      "fits nearly as well",
      "fits nearly as well",
    ]);
    const urls = [job.source, ...(job.result?.results ?? [])].map((each) => each?.url ?? "");
    for (const url of [
      ...urls,
      job.result?.results[0]?.overlay ?? "",
      job.result?.results[0]?.download ?? "",
    ]) {
      const { status, headers } = await page.bytes(url);
      expect(status).toBe(200);
      expect(headers.get("content-type")).toMatch(/^image\/(png|jpeg)$/);
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("content-security-policy")).toContain("sandbox");
    }
    const shown = await until(
      () => page.heard.some(({ name, data }) => name === "message" && data.pictures.length > 0),
      "a result",
    );
    expect(shown).toBe(true);
    expect(job.command).toMatch(/^\/edit "a big tree" seed:\d+$/);
    const history = await page.get<{ jobs: { id: string }[] }>("/api/jobs?search=TREE%20big");
    expect(history.body.jobs.map((each) => each.id)).toEqual([id]);
    expect((await page.get<{ jobs: unknown[] }>("/api/jobs?search=castle")).body.jobs).toEqual([]);
  });

  it("is heard by two pages of the same person, answers too, and both find all of it after a restart", async () => {
    const cookies = new Map<string, string>();
    const first = await server.open({}, cookies);
    const second = await server.open({}, cookies);
    await Promise.all([first.listen(), second.listen()]);
    const id = await edit(first);
    const reply = await first.say({ text: "/queue" });
    await until(() => second.answersTo(reply).length === 1, "the answer on the other page");
    const before = await first.messages();
    await server.bot.restart();
    const later = await server.open({}, cookies);
    expect((await later.messages()).map((each) => each.id)).toEqual(before.map((each) => each.id));
    expect((await later.job(id)).result?.results).toHaveLength(3);
    const picture = (await later.messages()).at(-1)?.pictures[0];
    expect((await later.bytes(picture?.url ?? "")).status).toBe(200);
    const button = (await later.messages())
      .at(-1)
      ?.buttons.flat()
      .find(({ label }) => label === "2");
    await later.post("/api/press", { room: later.room, button: button?.id, message: before.at(-1)?.id });
    await until(async () => (await server.bot.store.jobs.find(id))?.view.rank === 2, "another result");
  });

  it("tells what is learned as it is learned, a late page the same, and a tenth of a second of it at once", async () => {
    const page = await server.open();
    await page.listen();
    const { body } = await page.upload(photo);
    await page.say({ text: '/edit "a big tree"', picture: body.id });
    await server.bot.lane.showFirst(200);
    const live = await until(
      () =>
        page.heard.find(
          ({ name, data }) => name === "live" && data.changes.some(({ change }) => change.phase),
        ),
      "something live",
    );
    const [job] = await server.bot.store.jobs.list({});
    expect(live.name === "live" && live.data.changes[0]?.job).toBe(job?.id);
    const late = await server.open();
    await late.post("/api/logout", {});
    expect((await page.job(String(job?.id))).live?.phase).toBeTruthy();
    await server.bot.lane.finish();
  });

  it("paints a box that was drawn, and refuses one outside of the picture before anything is spent", async () => {
    const page = await server.open();
    await page.listen();
    const id = await edit(page);
    const box = { left: 10, top: 20, width: 40, height: 50 };
    await page.post("/api/boxes", { room: page.room, job: id, box });
    const drawn = await until(
      async () => (await server.bot.store.jobs.list({})).find(({ lineage }) => lineage?.kind === "drawn"),
      "a job of the box",
    );
    expect(drawn.request).toMatchObject({ box, prompt: "a big tree" });
    const { body } = await page.post<{ id: string }>("/api/boxes", {
      ...{ room: page.room, job: id, box: { ...box, left: 120 } },
    });
    const said = await until(() => page.answersTo({ id: body.id, kind: "working" })[0], "a refusal");
    expect(JSON.stringify(said.text)).toContain("outside the picture");
    expect(await server.bot.store.jobs.count({})).toBe(2);
    const upload = (await page.upload(photo)).body.id;
    await page.say({ text: '/edit "a red car"', picture: upload, box });
    await until(async () => (await server.bot.store.jobs.count({})) === 3, "an edit of a box");
    expect((await server.bot.store.jobs.list({ limit: 1 }))[0]?.request.box).toEqual(box);
  });

  it("forgets what was said and sent", async () => {
    const page = await server.open();
    await page.listen();
    await edit(page);
    await page.say({ text: "a castle by the sea" });
    const { body: upload } = await page.upload(photo);
    const asked = await page.say({ text: "/forget" });
    const answer = await until(() => page.answersTo(asked)[0], "a question");
    const button = answer.buttons.flat()[0]?.id;
    await page.post("/api/press", { room: page.room, button, answer: answer.id });
    await until(
      () => page.heard.some(({ name }) => name === "refresh"),
      "a page that is asked to look again",
    );
    await until(async () => (await page.bytes(upload.url)).status === 404, "no upload");
    const left = await page.messages();
    expect(left.filter(({ author, job }) => author !== null || job !== null)).toEqual([]);
    expect(JSON.stringify(left)).not.toContain("castle");
  });

  it("refuses other names of this machine, other sites' pages, and requests without the session's token", async () => {
    const page = await server.open();
    expect(await raw("GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 403 /,
    );
    const { host } = new URL(server.url);
    expect(await raw(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 200 /,
    );
    const said = { room: page.room, text: "/queue" };
    for (const headers of [
      { origin: "https://evil.example" },
      { origin: "http://127.0.0.1:1" },
      { "sec-fetch-site": "cross-site" },
      { "x-lrbot-csrf": "" },
      { "x-lrbot-csrf": page.session.csrf.replace(/.$/, "!") },
    ]) {
      const { status, body } = await page.post<Problem>("/api/say", said, headers);
      expect([status, body.code], JSON.stringify(headers)).toEqual([403, "request-refused"]);
    }
    expect((await page.post("/api/say", said)).status).toBe(202);
    const stranger = await fetch(new URL("/api/messages", server.url));
    expect(stranger.status).toBe(401);
  });

  it("says on every answer what a browser may do with it", async () => {
    const answer = await fetch(server.url);
    const policy = answer.headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'self'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
    expect(policy).toContain("frame-ancestors 'none'");
  });

  it("refuses an upload over the limit before it is read, and one that says nothing of its length where it passes it", async () => {
    const page = await server.open();
    const { host } = new URL(server.url);
    const head = (length: string) =>
      `POST /api/uploads HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://${host}\r\nCookie: ${cookie}\r\n` +
      `x-lrbot-csrf: ${session.csrf}\r\n${length}\r\n\r\n`;
    const cookies = new Map<string, string>();
    const { session } = await server.open({}, cookies);
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    expect(await raw(head("Content-Length: 999999999"))).toMatch(
      /^HTTP\/1\.1 413 [\s\S]*attachment-too-large/,
    );
    const chunk = `${(50_000).toString(16)}\r\n${"x".repeat(50_000)}\r\n`;
    expect(await raw(head("Transfer-Encoding: chunked") + chunk.repeat(6))).toMatch(/^HTTP\/1\.1 413 /);
    expect((await page.upload(photo)).status).toBe(201);
  });

  it.each([
    ["<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", 415],
    ["<!doctype html><script>alert(1)</script>", 415],
    ["", 415],
  ])("takes no upload of %j", async (text, status) => {
    const page = await server.open();
    const { status: got, body } = await page.upload(Buffer.from(text));
    expect(got).toBe(status);
    expect(body.code).toMatch(/^picture-/);
    expect(body.text.length).toBeGreaterThan(10);
  });

  it.each([
    ["http://127.0.0.1/gift.png", 403, "request-refused"],
    ["file:///etc/passwd", 403, "request-refused"],
    ["gift.png", 403, "request-refused"],
    // Nobody listens there.
    ["https://127.0.0.1:1/gift.png", 400, "attachment-unavailable"],
  ])("fetches no picture from %s", async (url, status, code) => {
    const page = await server.open();
    const { status: got, body } = await page.post<Problem>("/api/uploads/address", { url });
    expect([got, body.code]).toEqual([status, code]);
    expect(body.text.length).toBeGreaterThan(10);
  });

  it("answers what is malformed with a code, and goes on", async () => {
    const page = await server.open();
    for (const body of [
      {},
      { room: 5 },
      { room: page.room, text: "x".repeat(70_000) },
      { room: "own-bob", text: "/queue" },
    ]) {
      const { status, body: problem } = await page.post<Problem>("/api/say", body);
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
      expect(problem.code).toMatch(/^(request-refused|reference-invalid)$/);
    }
    const { host } = new URL(server.url);
    for (const path of [
      "/../../etc/passwd",
      "/assets/..%2f..%2fetc/passwd.txt",
      "/api/jobs/../../x",
      "/api/nothing",
      "/%00.js",
    ]) {
      const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(answer, path).toMatch(/^HTTP\/1\.1 (?:200|401|404|400) /);
      expect(answer, path).not.toContain("root:");
    }
    expect((await page.get("/api/session")).status).toBe(200);
  });

  it("ends the oldest of too many pages of one person, and hears of each that is closed", async () => {
    const cookies = new Map<string, string>();
    await server.open({}, cookies);
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const open = async () => {
      const asked = request(new URL("/api/events", server.url), { headers: { cookie } });
      asked.on("error", () => {});
      asked.end();
      const [response] = await once(asked, "response");
      response.on("error", () => {});
      return { asked, response: response.resume() };
    };
    const streams: Awaited<ReturnType<typeof open>>[] = [];
    for (let index = 0; index < 51; index++) streams.push(await open());
    await until(() => streams[0]?.response.closed, "the end of the oldest");
    expect(streams[1]?.response.closed).toBe(false);
    for (const { asked } of streams) asked.destroy();
  });

  it("has the operator's view behind the token that was printed, and steers by the admins' commands", async () => {
    const page = await server.open();
    expect((await page.get("/api/operator")).status).toBe(403);
    const command = (name: string, options = {}) =>
      page.post<{ texts: unknown }>("/api/operator/command", { name, options });
    expect((await command("admin pause")).status).toBe(403);
    expect((await page.post("/api/operator/login", { token: "x".repeat(32) })).status).toBe(403);
    expect((await page.post("/api/operator/login", { token: server.operatorToken })).status).toBe(204);
    await page.refresh();
    expect(page.session).toMatchObject({ isOperator: true, member: { isAdmin: true } });
    expect(JSON.stringify((await command("admin pause")).body.texts)).toContain("paused");
    expect((await page.get<OperatorView>("/api/operator")).body.lanes).toMatchObject([
      { name: "test", isPaused: true },
    ]);
    expect(JSON.stringify((await command("admin resume", { lane: "test" })).body.texts)).toContain("test");
    const { entries } = (await page.get<OperatorAudit>("/api/operator/audit")).body;
    expect(entries.map(({ actor, action }) => [actor, action])).toEqual([
      ["operator", "resume"],
      ["operator", "pause"],
    ]);
    await edit(page);
    const { points, step } = (await page.get<OperatorSeries>("/api/operator/series?hours=2")).body;
    expect(points.length).toBeLessThanOrEqual(96);
    expect(points.at(-1)?.at).toBeGreaterThan((points.at(-2)?.at ?? 0) + step * 999);
    expect(points.reduce((sum, { done, ordered }) => sum + done + ordered, 0)).toBe(2);
    expect((await page.get("/api/operator/health")).body).toEqual({ findings: [] });
    expect((await page.get("/api/operator/settings")).body).toMatchObject({
      limits: { waiting: 5, perDay: 50 },
    });
  });
});

describe("the page of several people", () => {
  afterEach(() => server[Symbol.asyncDispose]());
  const settings = { access: { kind: "password", password: "correct horse" } } as const;
  const login = async (name: string) => {
    const page = await server.open();
    const { status } = await page.post("/api/login", { name, password: "correct horse" });
    await page.refresh();
    return { page, status };
  };

  it("asks for a password and a name, keeps a name for whoever took it, and shows nobody another one's edits", async () => {
    photo = await flatPng(120);
    server = await startPageBot(settings);
    const nobody = await server.open();
    expect(nobody.session).toMatchObject({ member: null, rooms: [], commands: [] });
    expect((await nobody.post<Problem>("/api/say", { room: "own-me", text: "/queue" })).body.code).toBe(
      "login-needed",
    );
    const alice = (await login("Alice")).page;
    expect((await login("alice")).status).toBe(403);
    const bob = (await login("bob")).page;
    const id = await edit(alice, "a secret");
    const [message] = await alice.messages();
    for (const path of [
      `/api/jobs/${id}`,
      `/api/jobs/${id}/pictures/source`,
      `/api/jobs/${id}/pictures/result-1`,
      `/api/jobs/${id}/edit.json`,
      `/api/messages?room=${alice.room}`,
      String(message?.pictures[0]?.url),
    ]) {
      expect((await alice.bytes(path)).status, path).toBe(200);
      expect((await bob.bytes(path)).status, path).toBe(404);
    }
    const cancel = (await alice.job(id)).actions.delete;
    const { body } = await bob.post<{ id: string }>("/api/press", { room: bob.room, button: cancel });
    await bob.listen();
    expect(body.id).toBeTruthy();
    expect((await server.bot.store.jobs.find(id))?.state).toBe("done");
    expect((await bob.get<{ jobs: unknown[] }>("/api/jobs")).body.jobs).toEqual([]);
    await bob.post("/api/logout", {});
    await until(() => bob.heard.some(({ name }) => name === "ended"), "the end of the stream");
    expect((await bob.get("/api/messages")).status).toBe(401);
  });

  it("slows down whoever guesses the password", async () => {
    server = await startPageBot(settings);
    const page = await server.open();
    const statuses: number[] = [];
    for (let index = 0; index < 7; index++)
      statuses.push((await page.post("/api/login", { name: "eve", password: `guess ${index}` })).status);
    expect(statuses).toEqual([403, 403, 403, 403, 403, 429, 429]);
    const { status, headers, body } = await page.post<Problem>("/api/login", {
      name: "eve",
      password: "correct horse",
    });
    expect([status, body.code]).toEqual([429, "tries-exceeded"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it("believes the header of a proxy that it knows alone", async () => {
    const access = { kind: "proxy", header: "X-User" } as const;
    server = await startPageBot({ access, proxies: ["127.0.0.1"] });
    const ann = await server.open({ "x-user": "ann@example.org" });
    expect(ann.session.member).toMatchObject({ name: "ann@example.org", isAdmin: false });
    expect((await fetch(new URL("/api/session", server.url))).status).toBe(403);
    await server[Symbol.asyncDispose]();
    server = await startPageBot({ access, proxies: ["192.0.2.1"] });
    const refused = await fetch(new URL("/api/session", server.url), { headers: { "x-user": "ann" } });
    expect([refused.status, ((await refused.json()) as Problem).code]).toEqual([403, "request-refused"]);
  });

  it("speaks the language that a browser asks for, and the one that was chosen", async () => {
    server = await startPageBot();
    const page = await server.open({ "accept-language": "fr-CA,de;q=0.5" });
    expect(page.session.locale).toBe("fr");
    expect((await page.post<{ locale: string }>("/api/locale", { locale: "de" })).body.locale).toBe("de");
    expect((await page.refresh()).locale).toBe("de");
    const words = (await page.get<Record<string, string>>("/api/words?locale=de")).body;
    expect(words["page.score.best"]).toBe("passt am besten zum Text");
  });

  it("tells which values of an option can be listed, also where others may stand there", async () => {
    server = await startPageBot();
    const { session } = await server.open();
    const where = session.commands
      .find(({ name }) => name === "edit")
      ?.options.find(({ name }) => name === "where");
    expect(where).toMatchObject({ kind: "text", choices: ["left", "right", "top", "bottom", "middle"] });
  });
});
