import { type BotProcess, startBot } from "../../../../kill/bot-process.ts";

/** The bot with its page and no chat. */
export interface PageBot {
  readonly process: BotProcess;
  /** Where the page is, without a slash at its end. */
  readonly url: string;
  /** The link that opens the operator's view. */
  readonly operatorLink: string;
}

export interface PageBotOptions {
  readonly folder: string;
  /** `simulated:1` by default. */
  readonly devices?: string;
  /** 0, by default, picks a free one. */
  readonly port?: number;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Starts it, and resolves once its page is served and it takes orders. */
export async function startPageBot({
  folder,
  devices = "simulated:1",
  port = 0,
  environment = {},
}: PageBotOptions): Promise<PageBot> {
  const process = startBot({
    folder,
    chat: { LRBOT_WEB: "on", LRBOT_WEB_PORT: String(port), LRBOT_DEVICES: devices, ...environment },
  });
  await process.ready();
  const operatorLink = /http:\S+#operator=\S+/.exec(process.log)?.[0];
  if (!operatorLink) throw new Error(`Expected a bot that prints where its page is, got ${process.log}`);
  return { process, operatorLink, url: new URL(operatorLink).origin };
}
