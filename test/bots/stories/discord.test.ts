import { createDiscordWorld } from "./discord-world.ts";
import { describeOptionStories } from "./option-stories.ts";
import { describeStories } from "./stories.ts";

describeStories("Discord", () => createDiscordWorld());
describeOptionStories("Discord", () => createDiscordWorld());
