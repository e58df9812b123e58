import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { htmlOf } from "../../../src/eval/report/html.ts";
import { summaryOf } from "../../../src/eval/report/summary.ts";
import {
  browserPath,
  complaintsOf,
  foundByAxe,
  openBrowser,
  whySkipped,
} from "../../bots/web/page/browser/open-browser.ts";
import { someOrder, someRow } from "./some-rows.ts";

const nasty = `</script><img src=x onerror="document.title='broken'">`;
const names = ["learned-14", "random-anchor-random-size", "whole", "centre", "middle"];
const rows = [1, 2, 3, 4, 5, 6].flatMap((picture) => [
  ...names.map((name) => someRow({ picture, name, prompt: nasty, file: `'"${nasty}` })),
  ...["M = 7", "M = 1"].map((name) => someRow({ picture, name, group: "proposals" })),
]);
const summary = summaryOf(rows, { ...someOrder, set: nasty });

describe.skipIf(browserPath === null)(`the report in a browser${whySkipped}`, () => {
  let folder = "";
  let browser: Browser;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "lrbot-report-"));
    writeFileSync(join(folder, "report.html"), await htmlOf(summary, rows));
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser.close();
    rmSync(folder, { recursive: true });
  });

  it("is read on a phone without moving the page sideways, with its charts drawn and nothing to complain of", async () => {
    const page = await browser.newPage({ viewport: { width: 390, height: 844 }, offline: true });
    const complaints = complaintsOf(page);
    await page.goto(pathToFileURL(join(folder, "report.html")).href);
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(390);
    const charts = await page.locator(".chart").count();
    expect(charts).toBeGreaterThan(4);
    expect(await page.locator(".chart canvas").count()).toBe(charts);
    // Something was drawn: dark pixels.
    const isDrawn = `[...document.querySelectorAll(".chart canvas")].every((canvas) =>
      canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.some((value) => value > 200))`;
    expect(await page.evaluate<boolean>(isDrawn)).toBe(true);
    expect(await page.title()).toBe("Evaluation of mini");
    expect(complaints).toEqual([]);
    expect(await foundByAxe(page)).toEqual([]);
    await page.close();
  });

  it("is printed with charts that fit, none of its tables cut off", async () => {
    const page = await browser.newPage({ viewport: { width: 794, height: 1123 } });
    await page.goto(pathToFileURL(join(folder, "report.html")).href);
    await page.emulateMedia({ media: "print" });
    expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(794);
    const pdf = await page.pdf({ format: "A4" });
    expect(pdf.length).toBeGreaterThan(10_000);
    await page.close();
  });
});

describe("the report's text", () => {
  it("holds what people wrote as text alone", async () => {
    const page = await htmlOf(summary, rows);
    expect(page).not.toContain("<img src=x");
    expect(page.match(/<script>/g)).toHaveLength(2);
  });

  it("asks no other server for anything", async () => {
    const page = await htmlOf(summaryOf(rows, someOrder), rows);
    const asked = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, place = ""]) => place);
    expect(asked.filter((place) => !/^(?:#|pictures\/)/.test(place))).toEqual([]);
  });
});
