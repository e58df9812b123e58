import { createMemoryWorld } from "./memory-world.ts";
import { describeOptionStories } from "./option-stories.ts";

describeOptionStories("the chat in memory", createMemoryWorld);
