import { rmSync } from "node:fs";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../../cli/lrbot.ts";
import { browserPath, complaintsOf, drop, foundByAxe, openBrowser, whySkipped } from "./open-browser.ts";
import { type PageBot, startPageBot } from "./page-bot.ts";

// What needs no painting: lanes are simulated, and paint flat colours at once. Each test goes on from the one before.

/** A busy machine may take a while for what takes none. */
const soon = { timeout: 15_000 };

describe.skipIf(browserPath === null)(`the page in a browser${whySkipped}`, { timeout: 120_000 }, () => {
  let folder: string;
  let bot: PageBot;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let operator: Page;
  let complaints: readonly string[];
  const fieldOf = (tab: Page) => tab.locator(".composer input[type=text]");
  const cards = (tab: Page) => tab.locator(".line-job");
  const ask = async (tab: Page, prompt: string) => {
    await fieldOf(tab).fill(`/edit "${prompt}"`);
    await fieldOf(tab).press("Enter");
  };

  beforeAll(async () => {
    folder = temporaryFolder();
    bot = await startPageBot({ folder });
    browser = await openBrowser();
    context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: "en-US" });
    context.setDefaultTimeout(15_000);
    page = await context.newPage();
    complaints = complaintsOf(page);
    await page.goto(bot.url);
    await page.locator(".examples button").first().waitFor();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await bot?.process.kill();
    rmSync(folder, { recursive: true });
  }, 60_000);

  it("refuses what is no picture where the person looks, and keeps what was typed", async () => {
    await fieldOf(page).fill('/edit "a castle"');
    await drop(page, "notes.png", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"));
    const told = page.locator(".composer").getByRole("alert");
    await told.waitFor();
    expect(await told.textContent()).toContain("PNG, JPEG, WebP and AVIF work");
    expect(await fieldOf(page).inputValue()).toBe('/edit "a castle"');
    expect(await foundByAxe(page)).toEqual([]);
  });

  it("refuses what is too large without sending it", async () => {
    const { maxUploadBytes } = await page.evaluate<{ maxUploadBytes: number }>(
      "fetch('/api/session').then((answer) => answer.json())",
    );
    const sent: string[] = [];
    page.on("request", (request) => sent.push(new URL(request.url()).pathname));
    await page.evaluate(`(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(${maxUploadBytes} + 1)], "large.png"));
      dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, cancelable: true }));
    })()`);
    await page.locator(".composer").getByRole("alert").filter({ hasText: "too large" }).waitFor();
    expect(sent.filter((path) => path.startsWith("/api/uploads"))).toEqual([]);
  });

  it("answers what was typed also where nothing was said before", async () => {
    await fieldOf(page).fill("/help ");
    await fieldOf(page).press("Enter");
    await page.locator(".answer").getByText("You draw no mask").waitFor();
    await page.locator(".answer").getByRole("button", { name: "Close" }).click();
    await page.locator(".answer").waitFor({ state: "hidden" });
  });

  it("takes an address that is pasted, and says where one looks why it cannot be fetched", async () => {
    const asked = page.waitForRequest((request) => request.url().endsWith("/api/uploads/address"));
    await page.evaluate(`(() => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text/plain", "https://127.0.0.1:1/gift.png");
      document.querySelector(".composer input[type=text]").dispatchEvent(
        new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
    })()`);
    expect((await asked).postDataJSON()).toEqual({ url: "https://127.0.0.1:1/gift.png" });
    const told = page.locator(".composer").getByRole("alert");
    await told.waitFor();
    expect(await told.textContent()).toMatch(/picture|image|file/i);
    expect(await page.locator(".chip").count()).toBe(0);
  });

  it("takes an area that is drawn on a picture before its first edit, and paints that without learning", async () => {
    await fieldOf(page).fill("");
    await page.setInputFiles("input[type=file]", "examples/gift.png");
    await page.locator(".chip").getByRole("button", { name: "Draw the area" }).click();
    const editor = page.locator(".drawing .box-editor");
    const { x = 0, y = 0, width = 0, height = 0 } = (await editor.boundingBox()) ?? {};
    await page.mouse.move(x + width * 0.02, y + height * 0.02);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.2, y + height * 0.15);
    await page.mouse.move(x + width * 0.27, y + height * 0.27);
    await page.mouse.up();
    const box = page.locator(".drawing .drawn-box");
    expect(await box.getAttribute("aria-label")).toMatch(/^Area: 8[01] by 8[01] pixels, 6 from the left, 6 /);
    await box.press("ArrowRight");
    expect(await foundByAxe(page)).toEqual([]);
    await fieldOf(page).fill("a castle on a hill");
    await fieldOf(page).press("Enter");
    await page.locator(".composer").getByRole("alert").filter({ hasText: "goes with /edit" }).waitFor();
    await fieldOf(page).fill('/edit "a castle on a hill" seed:7');
    await fieldOf(page).press("Enter");
    await cards(page).first().getByText("The numbers").click();
    expect(await cards(page).first().locator(".details").textContent()).toMatch(/14, 6 · 8[01] × 8[01]/);
    await cards(page).first().getByText("More", { exact: true }).click();
    await cards(page).first().getByRole("button", { name: "Delete" }).click();
    await expect.poll(() => page.locator(".history a").count(), soon).toBe(0);
  });

  it("lets the operator in by the link that was printed, and nobody without", async () => {
    operator = await context.newPage();
    await operator.goto(`${bot.url}/operator`);
    await operator.getByLabel("Token").fill("another one");
    await operator.getByRole("button", { name: "Enter" }).click();
    await operator.getByRole("alert").waitFor();
    expect(await operator.locator(".lanes").count()).toBe(0);
    expect(await foundByAxe(operator)).toEqual([]);
    // Also where the page stands already, which the link loads nothing anew of.
    await operator.goto(`${bot.url}/`);
    await operator.goto(bot.operatorLink);
    await operator.locator(".lanes li").waitFor();
    expect(operator.url()).toBe(`${bot.url}/operator`);
  });

  it("pauses a lane, so that a job waits", async () => {
    await operator.getByRole("button", { name: /^Pause lane/ }).click();
    await operator.getByRole("button", { name: /^Resume lane/ }).waitFor();
    await page.locator(".examples button").first().click();
    await ask(page, "a castle");
    await cards(page)
      .first()
      .getByText(/Next in line/)
      .waitFor();
    await operator.locator(".waiting-jobs li").filter({ hasText: "a castle" }).waitFor();
  });

  it("shows the same in two tabs", async () => {
    const other = await context.newPage();
    await other.goto(bot.url);
    await cards(other)
      .first()
      .getByText(/Next in line/)
      .waitFor();
    await other.setInputFiles("input[type=file]", "examples/umbrella.png");
    await other.locator(".chip img").waitFor();
    await ask(other, "a unicorn");
    await expect.poll(() => cards(page).count(), soon).toBe(2);
    await cards(page)
      .last()
      .getByText(/Number 2 in line/)
      .waitFor();
    await other.close();
  });

  it("moves a job to the front of those that wait, and says so to whoever waits", async () => {
    const waiting = operator.locator(".waiting-jobs li");
    await waiting.filter({ hasText: "a unicorn" }).getByRole("button", { name: "To the front" }).click();
    await expect.poll(() => waiting.first().textContent(), soon).toContain("a unicorn");
    await cards(page)
      .last()
      .getByText(/Next in line/)
      .waitFor();
  });

  it("cancels a job that waits", async () => {
    await cards(page).first().getByRole("button", { name: "Cancel" }).click();
    await cards(page).first().getByText("Cancelled").first().waitFor();
    await expect.poll(() => operator.locator(".waiting-jobs li").count(), soon).toBe(1);
  });

  it("resumes, and what waited is done", async () => {
    await operator.getByRole("button", { name: /^Resume lane/ }).click();
    await cards(page).last().locator(".strip button").nth(7).waitFor({ timeout: 60_000 });
    await operator.getByText("Nobody is waiting.").waitFor();
    await operator.locator(".audit li").nth(1).waitFor();
    await operator.locator(".chart canvas").first().waitFor();
    await operator.getByRole("button", { name: "Check now" }).click();
    await operator.locator(".health li").first().waitFor({ timeout: 60_000 });
    expect(await foundByAxe(operator)).toEqual([]);
  });

  it("opens the form of an edit that goes on from a result, by keys alone", async () => {
    await cards(page).last().getByRole("button", { name: "Edit again" }).press("Enter");
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    expect(await foundByAxe(page)).toEqual([]);
    await dialog.getByRole("textbox").first().fill("a red car");
    await dialog.getByRole("button", { name: "Edit", exact: true }).press("Enter");
    await dialog.waitFor({ state: "hidden" });
    await cards(page).last().getByRole("heading", { name: "a red car" }).waitFor();
  });

  it("speaks German and French", async () => {
    for (const [locale, words] of [
      ["de", "Meine Bearbeitungen durchsuchen"],
      ["fr", "Rechercher dans mes retouches"],
      ["en", "Search my edits"],
    ] as const) {
      await page.locator(".languages").selectOption(locale);
      await page.getByPlaceholder(words).waitFor();
      expect(await page.locator("html").getAttribute("lang")).toBe(locale);
    }
  });

  it.each(["light", "dark"] as const)("has nothing that axe finds on a phone, %s", async (colorScheme) => {
    // Nothing is half on its way to its new colour.
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width: 390, height: 844 });
    const width = await page.evaluate<number>("document.documentElement.scrollWidth");
    expect(width).toBe(390);
    await page.getByRole("button", { name: "My edits" }).click();
    await page.locator(".history a").first().waitFor();
    expect(await foundByAxe(page)).toEqual([]);
    await page.getByRole("button", { name: "My edits" }).click();
    expect(await foundByAxe(page)).toEqual([]);
  });

  it("stands still for who prefers reduced motion", async () => {
    const moving = `document.getAnimations().length + [...document.querySelectorAll("*")].filter((element) =>
      [null, "::before", "::after"].some((part) => {
        const { transitionDuration, animationDuration } = getComputedStyle(element, part);
        return [transitionDuration, animationDuration].some((text) => /[1-9]/.test(text));
      })).length`;
    expect(await page.evaluate(moving)).toBe(0);
    await page.emulateMedia({ reducedMotion: "no-preference" });
    expect(await page.evaluate(moving)).toBeGreaterThan(0);
  });

  it("says within 5 seconds that the server hangs, and goes on once it answers again", async () => {
    const hung = performance.now();
    process.kill(bot.process.pid, "SIGSTOP");
    try {
      await page.locator(".lost").waitFor({ timeout: 5000 });
      expect((performance.now() - hung) / 1000).toBeLessThan(5);
    } finally {
      process.kill(bot.process.pid, "SIGCONT");
    }
    await page.locator(".lost").waitFor({ state: "hidden" });
    await fieldOf(page).fill("/queue");
    await fieldOf(page).press("Enter");
    await fieldOf(page).press("Enter");
    await page.locator(".answer").last().waitFor();
  });

  it("takes no more once it is drained, and says that where one looks", async () => {
    await operator.getByRole("button", { name: "Drain", exact: true }).click();
    await operator.getByRole("button", { name: "Drain: sure?" }).click();
    await operator.locator(".problem").filter({ hasText: "takes no new work" }).waitFor();
    await page.setInputFiles("input[type=file]", "examples/gift.png");
    await page.locator(".chip img").waitFor();
    await ask(page, "a lighthouse");
    await page.locator(".answer").filter({ hasText: "takes no new work" }).waitFor();
  });

  it("has nothing to complain of", () => {
    expect(complaints).toEqual([]);
  });
});
