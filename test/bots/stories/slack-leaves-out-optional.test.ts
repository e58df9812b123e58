import { leavesOutOptional } from "../../fakes/slack/leaves-out-optional.ts";
import { createSlackWorld } from "./slack-world.ts";
import { describeStories } from "./stories.ts";

describeStories("a Slack that says no more than it must", () => createSlackWorld(leavesOutOptional));
