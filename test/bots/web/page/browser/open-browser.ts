import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";

const places = [
  process.env.LRBOT_TEST_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** The browser of this machine; `null` where there is none. */
export const browserPath = places.find((path) => path !== undefined && existsSync(path)) ?? null;

/** Stands behind the name of what is skipped for want of it. */
export const whySkipped =
  browserPath === null
    ? " (skipped: no Chromium here; apt-get install chromium, or LRBOT_TEST_CHROMIUM)"
    : "";

/** Starts the browser of this machine, without a window. */
export function openBrowser(): Promise<Browser> {
  if (browserPath === null) throw new Error("Expected a Chromium on this machine, got none.");
  // A browser that root starts has no sandbox of its own; it opens nothing but the page under test.
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({ executablePath: browserPath, args });
}

/** A page's complaints from now on: errors in its scripts and on its console, and what its policy forbade. */
export function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // A server that is gone is part of some tests; the page says it in its own words.
    const isNetwork =
      message.text().includes("net::ERR_") || message.text().includes("Failed to load resource");
    if (message.type() === "error" && !isNetwork) complaints.push(message.text());
  });
  return complaints;
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What axe-core finds wrong on the page for those who hear it or use it by keys alone. */
export async function foundByAxe(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  return page.evaluate<string[]>(`axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + " " + target.join(" ") + ": " + failureSummary)))`);
}

/** Lets a file fall on the page, as a hand would. */
export async function drop(page: Page, name: string, bytes: Uint8Array): Promise<void> {
  const data = await page.evaluateHandle(`(() => {
    const bytes = Uint8Array.from(atob(${JSON.stringify(Buffer.from(bytes).toString("base64"))}), (c) => c.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], ${JSON.stringify(name)}));
    return transfer;
  })()`);
  await page.dispatchEvent("main", "dragover", { dataTransfer: data });
  await page.dispatchEvent("main", "drop", { dataTransfer: data });
}
