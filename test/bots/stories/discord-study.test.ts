import { createDiscordWorld } from "./discord-world.ts";
import { describeStudyStories } from "./study-stories.ts";

describeStudyStories("Discord", () => createDiscordWorld());
