import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../../cli/lrbot.ts";
import { browserPath, complaintsOf, drop, foundByAxe, openBrowser, whySkipped } from "./open-browser.ts";
import { type PageBot, startPageBot } from "./page-bot.ts";

// One edit on the embedded pack from its drop to its result, with all that may come between. Each test goes on from the one
// before: an edit takes a quarter of a minute of two cores.

const picture = readFileSync(join(import.meta.dirname, "../../../../../examples/gift.png"));
const patience = { timeout: 240_000 };

/** A busy machine may take a while for what takes none. */
const soon = { timeout: 15_000 };

describe.skipIf(browserPath === null)(`an edit in a browser${whySkipped}`, { timeout: 300_000 }, () => {
  let folder: string;
  let bot: PageBot;
  let browser: Browser;
  let page: Page;
  let complaints: readonly string[];
  const field = () => page.getByRole("combobox", { name: "What to paint, or a command" });
  const card = () => page.locator(".job").last();
  const shown = () => card().locator(".compare .after").getAttribute("src");

  beforeAll(async () => {
    folder = temporaryFolder();
    bot = await startPageBot({ folder, devices: "cpu" });
    browser = await openBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 860 }, locale: "en-US" });
    complaints = complaintsOf(page);
    await page.goto(bot.url);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await bot?.process.kill();
    rmSync(folder, { recursive: true });
  }, 60_000);

  it("begins with what the page does, and pictures to try", async () => {
    await page.locator(".examples button").nth(2).waitFor();
    expect(await foundByAxe(page)).toEqual([]);
  });

  it("takes a picture that is dropped, and completes the command as it is typed", async () => {
    await drop(page, "gift.png", picture);
    await page.locator(".chip img").waitFor();
    await field().pressSequentially("/ed");
    expect(await page.locator(".suggestions [role=option]").allTextContents()).toEqual([
      expect.stringContaining("/edit"),
    ]);
    await field().press("Enter");
    expect(await field().inputValue()).toBe("/edit ");
    expect(await page.locator(".suggestions [role=option]").count()).toBeGreaterThan(3);
    expect(await foundByAxe(page)).toEqual([]);
    await field().pressSequentially('"a big tree with many flowers" seed:0');
    await field().press("Enter");
    await card().waitFor();
    expect(await field().inputValue()).toBe("");
  });

  it("shows what is learned over the picture while it is learned", async () => {
    await card().locator("canvas.overlay").waitFor(patience);
    // Something is drawn: what draws no attention is dark.
    const drawn = `(() => { const c = document.querySelector("canvas.overlay");
      return c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some((v) => v > 0); })()`;
    await expect.poll(() => page.evaluate(drawn), patience).toBe(true);
    await card().locator(".losses").waitFor(patience);
    expect(await card().locator("progress").getAttribute("value")).not.toBe("0");
    expect(await foundByAxe(page)).toEqual([]);
  });

  it("says within 5 seconds that the server died, and keeps what is being typed", async () => {
    await field().fill("/edit a castle that nobody");
    const died = performance.now();
    // Its worker takes longer to leave than the page to notice.
    const isGone = bot.process.kill();
    await page.getByRole("alert").filter({ hasText: "The server is gone" }).waitFor({ timeout: 5000 });
    expect((performance.now() - died) / 1000).toBeLessThan(5);
    await isGone;
    expect(await card().locator("h2").textContent()).toBe("a big tree with many flowers");
    expect(await page.getByRole("button", { name: "Send" }).isDisabled()).toBe(true);
  });

  it("goes on by itself once the server is back, and brings the result of the job that ran", async () => {
    bot = await startPageBot({ folder, devices: "cpu", port: Number(new URL(bot.url).port) });
    await page.locator(".lost").waitFor({ state: "hidden", timeout: 15_000 });
    expect(await field().inputValue()).toBe("/edit a castle that nobody");
    await field().fill("");
    await card().locator(".strip").waitFor(patience);
    expect(await card().locator(".strip button").count()).toBe(8);
    expect(await foundByAxe(page)).toEqual([]);
  });

  it("shows each of the results by its key, and tells so", async () => {
    await field().press("Escape");
    const first = await shown();
    await page.keyboard.press("3");
    await expect.poll(shown, soon).not.toBe(first);
    expect(await card().locator(".strip [aria-pressed=true]").textContent()).toBe("3");
    expect(await page.locator("[role=status][aria-live]").textContent()).toContain("Result 3 of 8");
    await page.keyboard.press("1");
    await expect.poll(shown, soon).toBe(first);
  });

  it("moves the line between before and after by keys", async () => {
    await card().getByRole("slider").focus();
    await page.keyboard.press("End");
    expect(await card().locator(".compare").getAttribute("style")).toContain("--share: 1");
  });

  it("shows the same by its link, after a reload too", async () => {
    await page.locator(".history a").first().click();
    await page.waitForURL(/\/e\/[a-z0-9]{16}$/);
    await page.reload();
    await card().locator(".strip button").nth(7).waitFor();
    await page.keyboard.press("2");
    await expect.poll(() => card().locator(".strip [aria-pressed=true]").textContent(), soon).toBe("2");
  });

  it("has the picture and edit.json to take along", async () => {
    await card().getByText("More", { exact: true }).click();
    for (const [name, ending] of [
      ["Download the PNG", ".png"],
      ["Download edit.json", ".json"],
    ] as const) {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        card().getByRole("link", { name }).click(),
      ]);
      expect(download.suggestedFilename()).toMatch(new RegExp(`\\${ending}$`));
      const bytes = readFileSync(await download.path());
      if (ending === ".json")
        expect(JSON.parse(bytes.toString()).prompt).toBe("a big tree with many flowers");
      else expect(bytes.subarray(1, 4).toString()).toBe("PNG");
    }
  });

  it("paints a box that is drawn by hand", async () => {
    await card().getByRole("button", { name: "Draw the area" }).click();
    const editor = card().locator(".box-editor");
    const to = async (share: number) => {
      const { width = 0, height = 0 } = (await editor.boundingBox()) ?? {};
      await editor.hover({ position: { x: width * share, y: height * share }, force: true });
    };
    // From a corner that the box of the result does not reach.
    await to(0.99);
    await page.mouse.down();
    await to(0.7);
    await to(0.5);
    await page.mouse.up();
    const box = card().locator(".drawn-box");
    expect(await box.getAttribute("aria-label")).toMatch(
      /^Area: 15\d by 15\d pixels, 160 from the left, 160/,
    );
    await box.press("ArrowLeft");
    expect(await box.getAttribute("aria-label")).toMatch(/152 from the left/);
    expect(await foundByAxe(page)).toEqual([]);
    await card().getByRole("button", { name: "Paint this area" }).click();
    await page.waitForURL(`${bot.url}/`);
    await expect.poll(() => page.locator(".line-job").count(), patience).toBe(2);
    await card().locator(".result").waitFor(patience);
    await card().getByText("The numbers").click();
    expect(await card().locator(".details").textContent()).toMatch(/152, 160 · 15\d × 15\d/);
  });

  it("finds one's edits by their words, and forgets them", async () => {
    await page.getByRole("searchbox").fill("nothing like it");
    await page.getByText("Nothing of yours matches.").waitFor();
    await page.getByRole("searchbox").fill("flowers");
    await expect.poll(() => page.locator(".history a").count(), soon).toBe(2);
    await field().fill("/forget");
    await field().press("Enter");
    await field().press("Enter");
    await page.getByRole("button", { name: "Delete it all" }).click();
    await page.getByText(/^Deleted 2 jobs/).waitFor();
    await page.getByRole("searchbox").fill("");
    await page.getByText("Your edits will be listed here.").waitFor();
  });

  it("has nothing to complain of", () => {
    expect(complaints).toEqual([]);
  });
});
