import { leavesOutOptional } from "../../fakes/discord/leaves-out-optional.ts";
import { createDiscordWorld } from "./discord-world.ts";
import { describeOptionStories } from "./option-stories.ts";
import { describeStories } from "./stories.ts";

describeStories("a Discord that says no more than it must", () => createDiscordWorld(leavesOutOptional), {
  tellsParents: false,
});
describeOptionStories("a Discord that says no more than it must", () =>
  createDiscordWorld(leavesOutOptional),
);
