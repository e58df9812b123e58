import { leavesOutOptional } from "../../fakes/slack/leaves-out-optional.ts";
import { describeOptionStories } from "./option-stories.ts";
import { createSlackWorld } from "./slack-world.ts";
import { describeStories } from "./stories.ts";

describeStories("a Slack that says no more than it must", () => createSlackWorld(leavesOutOptional));
describeOptionStories("a Slack that says no more than it must", () => createSlackWorld(leavesOutOptional));
