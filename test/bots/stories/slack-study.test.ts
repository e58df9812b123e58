import { createSlackWorld } from "./slack-world.ts";
import { describeStudyStories } from "./study-stories.ts";

describeStudyStories("Slack", () => createSlackWorld());
