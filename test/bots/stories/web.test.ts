import { describeOptionStories } from "./option-stories.ts";
import { describeStories } from "./stories.ts";
import { createWebWorld } from "./web-world.ts";

describeStories("the page", createWebWorld, { tellsParents: false });
describeOptionStories("the page", createWebWorld);
