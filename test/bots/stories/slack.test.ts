import { createSlackWorld } from "./slack-world.ts";
import { describeStories } from "./stories.ts";

describeStories("Slack", () => createSlackWorld());
