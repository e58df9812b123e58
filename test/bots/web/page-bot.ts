import { commands } from "../../../src/bots/commands/index.ts";
import { createWeb, type WebSettings } from "../../../src/bots/web/web.ts";
import { type StoryBot, startStoryBot } from "../stories/story-bot.ts";
import { openPage, type PageClient } from "./page-client.ts";

/** The bot with its page alone, on this machine, with the real store and server; painting is in hand. */
export interface PageBot extends AsyncDisposable {
  readonly bot: StoryBot;
  readonly url: string;
  readonly operatorToken: string;
  /** A browser that nobody used before. */
  open(headers?: Record<string, string>, cookies?: Map<string, string>): Promise<PageClient>;
}

const standard: WebSettings = {
  ...{ host: "127.0.0.1", port: 0, origin: null, isShared: false, proxies: [] },
  access: { kind: "alone" },
};

export async function startPageBot(settings: Partial<WebSettings> = {}): Promise<PageBot> {
  let served = { url: "", operatorToken: "" };
  const opened: PageClient[] = [];
  const bot = await startStoryBot({
    connect: (services, parts) =>
      createWeb({
        ...{ services, parts: { ...parts, maxUploadBytes: 200_000 }, specs: commands, version: "test" },
        ...{ settings: { ...standard, ...settings }, pageFolder: "/nowhere", examples: [] },
        onListening(told) {
          served = told;
        },
      }),
  });
  return {
    bot,
    get url() {
      return served.url;
    },
    get operatorToken() {
      return served.operatorToken;
    },
    async open(headers, cookies) {
      const page = await openPage(served.url, headers, cookies);
      opened.push(page);
      return page;
    },
    async [Symbol.asyncDispose]() {
      for (const page of opened) page.close();
      await bot[Symbol.asyncDispose]();
    },
  };
}

/** Looks until there is something to see. */
export async function until<T>(look: () => T | Promise<T>, what: string): Promise<NonNullable<T>> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`Expected ${what}, got none in time.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
