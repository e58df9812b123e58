import type { Command } from "commander";
import { EditError } from "../errors.ts";
import type { CommandContext } from "./context.ts";

/** `lrbot start`: the bot. This version has no chat platform yet, and says so instead of pretending. */
export function addStart(program: Command, { terminal, config }: CommandContext): void {
  program
    .command("start")
    .summary("run the bot on every chat platform whose tokens are set")
    .description(
      "Runs the bot on every chat platform whose tokens are set. This version has none built in yet.",
    )
    .helpOption("-h, --help", "say this")
    .action(() => {
      const { discord, slack } = config();
      const found = [discord.token && "Discord", slack.botToken && "Slack"].filter(Boolean);
      terminal.say(guide);
      throw new EditError(
        "usage",
        found.length > 0
          ? `Expected a version with chats built in, got one without: the tokens for ${found.join(" and ")} are not used yet.`
          : "Expected a version with chats built in and tokens in .env, got neither.",
      );
    });
}

const guide = `Chats are not built into this version yet. What they will need, in .env or the environment:
  Discord  DISCORD_TOKEN                          https://discord.com/developers/applications, page Bot
  Slack    SLACK_BOT_TOKEN and SLACK_APP_TOKEN    https://api.slack.com/apps, Socket Mode
           or SLACK_SIGNING_SECRET in place of the app token, for HTTP
No token is needed for:
  npm run demo                                    edits the pictures in examples/
  npx lrbot edit --image FILE --prompt TEXT       edits yours`;
