import { App, LogLevel } from "@slack/bolt";
import type { FakeSlack } from "./index.ts";

/** A bot of a few lines on the real client library, for the fake's own tests. */
export interface TestBot extends AsyncDisposable {
  readonly app: App;
}

/** Starts a bot against the fake: over Socket Mode, or over HTTP on a free port. */
export async function startBot(
  slack: FakeSlack,
  prepare: (app: App) => void = () => {},
  mode: "socket" | "http" = "socket",
): Promise<TestBot> {
  const app = new App({
    token: slack.botToken,
    signingSecret: slack.signingSecret,
    clientOptions: { slackApiUrl: slack.apiUrl },
    logger: silent,
    ...(mode === "http" ? {} : { appToken: slack.appToken, socketMode: true }),
  });
  app.error(async () => {});
  prepare(app);
  const server: unknown = await app.start({ port: 0, host: "127.0.0.1" } as never);
  if (mode === "http") {
    const { port } = (server as { address(): { port: number } }).address();
    slack.http.url = `http://127.0.0.1:${port}/slack/events`;
  }
  return {
    app,
    async [Symbol.asyncDispose]() {
      await app.stop();
    },
  };
}

/** Refusals are what these tests are about; they need no log. */
const silent = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  getLevel: () => LogLevel.ERROR,
  setName() {},
};

/** The header of a PNG of 3 x 2 pixels: enough to be taken for a picture. */
export const picture = Buffer.from("89504e470d0a1a0a0000000d4948445200000003000000020802000000", "hex");

const plain = (text: string) => ({ type: "plain_text" as const, text });

/** A modal with a prompt and a picture. */
export const modal = {
  type: "modal" as const,
  callback_id: "edit",
  title: plain("Edit a picture"),
  submit: plain("Edit"),
  blocks: [
    {
      type: "input" as const,
      block_id: "prompt",
      label: plain("What to add"),
      element: { type: "plain_text_input" as const, action_id: "prompt", max_length: 500 },
    },
    {
      type: "input" as const,
      block_id: "picture",
      label: plain("Picture"),
      element: { type: "file_input" as const, action_id: "picture", filetypes: ["png"], max_files: 1 },
    },
  ],
};

/** An actions block with one button. */
export const row = {
  type: "actions" as const,
  elements: [{ type: "button" as const, action_id: "more", text: plain("More") }],
};
