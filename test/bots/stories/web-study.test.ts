import { describeStudyStories } from "./study-stories.ts";
import { createWebWorld } from "./web-world.ts";

describeStudyStories("the page", createWebWorld);
