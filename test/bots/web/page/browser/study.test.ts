import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../../cli/lrbot.ts";
import { browserPath, complaintsOf, foundByAxe, openBrowser, whySkipped } from "./open-browser.ts";
import { type PageBot, startPageBot } from "./page-bot.ts";

const pictures = join(import.meta.dirname, "../../../../../docs/pictures");
/** Where to leave what the page looks like, for whoever wants to see it. */
const looks = process.env.LRBOT_TEST_LOOKS;

/** A set of pictures of this project, whose second method does nothing. */
function writeSet(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const files = { source: "gift-source.webp", learned: "gift-result.webp", nothing: "rocket-source.webp" };
  for (const file of Object.values(files)) copyFileSync(join(pictures, file), join(folder, file));
  const line = (picture: string) =>
    JSON.stringify({
      ...{ picture, prompt: "a big tree with many flowers", source: files.source },
      results: { learned: files.learned, nothing: files.source },
    });
  writeFileSync(join(folder, "study.jsonl"), ["one", "two", "three", "four"].map(line).join("\n"));
}

describe.skipIf(browserPath === null)(`a study in a browser${whySkipped}`, { timeout: 120_000 }, () => {
  let folder: string;
  let bot: PageBot;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let complaints: readonly string[];
  const type = async (text: string) => {
    const field = page.locator(".composer input[type=text]");
    await field.fill(text);
    await field.press("Enter");
  };
  const see = async (name: string) => {
    if (looks) await page.screenshot({ path: join(looks, `${name}.png`) });
  };
  const pair = () => page.locator(".pair");
  const numbered = (number: number) => pair().filter({ hasText: `Pair ${number} of` });

  beforeAll(async () => {
    folder = temporaryFolder();
    writeSet(join(folder, "sets", "gifts"));
    bot = await startPageBot({ folder, environment: { LRBOT_STUDY_SETS: join(folder, "sets") } });
    browser = await openBrowser();
    context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "en-US" });
    context.setDefaultTimeout(20_000);
    page = await context.newPage();
    complaints = complaintsOf(page);
    await page.goto(bot.operatorLink);
    await page.locator(".operator, .main").first().waitFor();
    await page.goto(bot.url);
    await page.locator(".examples button").first().waitFor();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await bot?.process.kill();
    rmSync(folder, { recursive: true });
  }, 60_000);

  it("shows the source above, two results side by side, and three big buttons below", async () => {
    await type("/study start set:gifts");
    await page.getByRole("button", { name: "Vote" }).click();
    await numbered(1).waitFor();
    const [source, left, right] = await Promise.all(
      ["source", "left", "right"].map((name) => pair().locator(`.pair-${name}`).boundingBox()),
    );
    if (!source || !left || !right) throw new Error("Expected three pictures, got fewer.");
    expect(source.y + source.height).toBeLessThanOrEqual(left.y);
    expect(left.y).toBe(right.y);
    expect(left.x + left.width).toBeLessThan(right.x);
    expect(left.width).toBe(right.width);
    const words = await pair().locator(".text").boundingBox();
    const buttons = await pair().locator(".pair-buttons").boundingBox();
    expect((buttons?.y ?? 0) + (buttons?.height ?? 0) - (words?.y ?? 0)).toBeLessThan(860 - 52 - 90);
    for (const label of ["Left", "Tie", "Right"]) {
      const box = await pair().getByRole("button", { name: label }).boundingBox();
      expect(box?.height).toBeGreaterThanOrEqual(48);
    }
    expect(await page.content()).not.toMatch(/learned|nothing\b.*\.webp/);
    expect(await foundByAxe(page)).toEqual([]);
    await see("study-wide");
  });

  it("takes a choice by button and by arrow key, each pair in place of the one before", async () => {
    await pair().getByRole("button", { name: "Tie" }).click();
    await numbered(2).waitFor();
    await page.keyboard.press("ArrowLeft");
    await numbered(3).waitFor();
    expect(await pair().count()).toBe(1);
    await page.setViewportSize({ width: 390, height: 844 });
    await see("study-narrow");
    expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
    await page.setViewportSize({ width: 1280, height: 860 });
    await page.keyboard.press("ArrowRight");
    await numbered(4).waitFor();
    await page.keyboard.press("ArrowDown");
    await numbered(5).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.getByText("Those were all your 5 pairs").waitFor();
    expect(await pair().count()).toBe(0);
  });

  it("gives an admin the results, and all votes as a file", async () => {
    await type("/study results");
    await page.getByText("votes that count").waitFor();
    await see("study-results");
    await type("/study export");
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: /Download votes-.*\.csv/ }).click();
    expect((await download).suggestedFilename()).toMatch(/^votes-[a-z2-9]{16}\.csv$/);
    expect(complaints).toEqual([]);
  });
});
