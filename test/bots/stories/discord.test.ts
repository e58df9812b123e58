import { createDiscordWorld } from "./discord-world.ts";
import { describeStories } from "./stories.ts";

describeStories("Discord", () => createDiscordWorld());
