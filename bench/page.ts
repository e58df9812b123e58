import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { openBrowser } from "../test/bots/web/page/browser/open-browser.ts";
import { type PageBot, startPageBot } from "../test/bots/web/page/browser/page-bot.ts";
import type { BenchOptions } from "./main.ts";
import { median } from "./median.ts";
import { optionOf } from "./words.ts";

const loads = 5;
/** Each is two messages: what was asked, and its result. */
const edits = 60;
/** Said in plain words, and answered: two messages each. */
const questions = 240;
const screens = {
  desktop: { width: 1280, height: 860 },
  phone: { width: 390, height: 844 },
} as const;

/**
 * The page in this machine's Chromium, from the bot that serves it: `firstLoadKb`, all that the first visit fetches, compressed as
 * it goes over the wire; `firstContentMs`, until something of it is painted (median of 5 visits with nothing cached);
 * `usableMs`, until one can type. Then 500 messages are scrolled through: `frameMs95` and `frameMsLongest` between two
 * frames. `--pictures=FOLDER` edits a picture on the embedded pack and writes what the page shows of it, on a desktop and a
 * phone, light and dark. Needs Chromium.
 */
export async function run({ log, args }: BenchOptions): Promise<Record<string, unknown>> {
  const folder = await mkdtemp(join(tmpdir(), "lrbot-bench-page-"));
  const pictures = optionOf(args, "pictures");
  const browser = await openBrowser();
  const bot = await startPageBot({ folder, devices: pictures === undefined ? "simulated:1" : "cpu" });
  try {
    const figures = await measureLoads(browser, bot.url);
    log(`first load ${figures.firstLoadKb} kB, first content ${figures.firstContentMs} ms`);
    if (pictures !== undefined) {
      await mkdir(pictures, { recursive: true });
      await takePictures(browser, bot, pictures);
      return figures;
    }
    const scrolled = await measureScrolling(browser, bot.url);
    log(
      `${scrolled.messages} messages: 95 % of frames within ${scrolled.frameMs95} ms, the longest ${scrolled.frameMsLongest} ms`,
    );
    return { ...figures, ...scrolled };
  } finally {
    await browser.close();
    await bot.process.kill();
    await rm(folder, { recursive: true });
  }
}

/** Each visit has a browser's profile of its own. */
async function measureLoads(browser: Browser, url: string) {
  const visits: { readonly bytes: number; readonly content: number; readonly usable: number }[] = [];
  for (let visit = 0; visit < loads; visit++) {
    const context = await browser.newContext({ locale: "en-US", viewport: screens.desktop });
    const page = await context.newPage();
    const start = performance.now();
    await page.goto(url);
    await page.locator(".composer input[type=text]").waitFor();
    const usable = performance.now() - start;
    const { bytes, content } = await page.evaluate<{ readonly bytes: number; readonly content: number }>(`({
      bytes: [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
        .filter(({ name }) => !name.includes("/api/examples/"))
        .reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
      content: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? NaN,
    })`);
    visits.push({ bytes, content, usable });
    await context.close();
  }
  return {
    firstLoadKb: Number((median(visits.map(({ bytes }) => bytes)) / 1000).toFixed(1)),
    firstContentMs: Math.round(median(visits.map(({ content }) => content))),
    usableMs: Math.round(median(visits.map(({ usable }) => usable))),
  };
}

async function measureScrolling(browser: Browser, url: string) {
  const page = await browser.newPage({ locale: "en-US", viewport: screens.desktop });
  await page.goto(url);
  await page.locator(".composer input[type=text]").waitFor();
  await page.evaluate(`(async () => {
    const { csrf, rooms } = await (await fetch("/api/session")).json();
    const say = async (text, example = null) => {
      const said = await fetch("/api/say", {
        method: "POST",
        headers: { "content-type": "application/json", "x-lrbot-csrf": csrf },
        body: JSON.stringify({ room: rooms[0].id, text, example }),
      });
      if (!said.ok) throw new Error("Expected what was said to be taken, got " + await said.text());
    };
    for (let edit = 0; edit < ${edits}; edit++) {
      await say('/edit "a castle" seed:' + edit, "gift.png");
      for (let question = 0; question < ${Math.floor(questions / edits)}; question++) await say("what can you do");
    }
    let left = [1];
    while (left.length > 0) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      const { jobs } = await (await fetch("/api/jobs?limit=10")).json();
      left = jobs.filter(({ state }) => state !== "done");
    }
  })()`);
  await page.reload();
  await page.locator(".line-job .strip").last().waitFor();
  // Everything that was said is brought by scrolling to the top again and again; then once through all of it.
  return page.evaluate<Record<string, number>>(`(async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const count = () => document.querySelectorAll(".line").length;
    for (let still = 0; still < 60 && count() < 500; still++) {
      const before = count();
      scrollTo(0, 0);
      for (let wait = 0; wait < 60 && count() === before; wait++) await frame();
      if (count() > before) still = 0;
    }
    const times = [];
    let last = await frame();
    for (let top = 0; top < document.documentElement.scrollHeight; top += 120) {
      scrollTo(0, top);
      const now = await frame();
      times.push(now - last);
      last = now;
    }
    times.sort((a, b) => a - b);
    return {
      messages: count(),
      frameMs95: Number(times[Math.floor(times.length * 0.95)].toFixed(1)),
      frameMsLongest: Number(times.at(-1).toFixed(1)),
    };
  })()`);
}

/** What the page shows of an edit while it is learned, and of its result; then the operator's view. */
async function takePictures(browser: Browser, bot: PageBot, folder: string): Promise<void> {
  const context = await browser.newContext({
    locale: "en-US",
    viewport: screens.desktop,
    deviceScaleFactor: 2,
  });
  context.setDefaultTimeout(300_000);
  const page = await context.newPage();
  const take = (name: string) => page.screenshot({ path: join(folder, `${name}.png`) });
  await page.goto(bot.url);
  await page.locator(".examples button").first().click();
  await take("page-desktop-light-welcome");
  const field = page.locator(".composer input[type=text]");
  await field.fill('/edit "a big tree with many flowers" seed:0');
  await field.press("Enter");
  await page.getByText("Bright: what draws attention.").waitFor();
  await page.waitForTimeout(1200);
  await take("page-desktop-light-attention");
  await page.locator(".losses").waitFor();
  for (let round = 2; round <= 3; round++) {
    await page.getByText(`Round ${round}`).waitFor();
    await page.waitForTimeout(1200);
    await take(`page-desktop-light-round${round}`);
  }
  await page.locator(".strip").last().waitFor();
  await field.press("Escape");
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    for (const [name, size] of Object.entries(screens)) {
      await page.setViewportSize(size);
      await page.goto(bot.url);
      await takeResult(page, (what) => take(`page-${name}-${scheme}-${what}`));
    }
  }
  await page.setViewportSize(screens.desktop);
  await page.goto(bot.operatorLink);
  await page.locator(".chart canvas").first().waitFor();
  await page.waitForTimeout(500);
  await take("page-desktop-dark-operator");
  await context.close();
}

async function takeResult(page: Page, take: (name: string) => Promise<unknown>): Promise<void> {
  await page.locator(".strip button").nth(7).waitFor();
  await page.waitForTimeout(800);
  await take("result");
  await page.getByRole("button", { name: "Area", exact: true }).click();
  await page.waitForTimeout(300);
  await take("area");
}
