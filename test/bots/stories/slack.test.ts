import { describeOptionStories } from "./option-stories.ts";
import { createSlackWorld } from "./slack-world.ts";
import { describeStories } from "./stories.ts";

describeStories("Slack", () => createSlackWorld());
describeOptionStories("Slack", () => createSlackWorld());
