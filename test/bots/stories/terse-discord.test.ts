import { terse } from "../../fakes/discord/terse.ts";
import { createDiscordWorld } from "./discord-world.ts";
import { describeStories } from "./stories.ts";

describeStories("a Discord that says no more than it must", () => createDiscordWorld(terse), {
  tellsParents: false,
});
