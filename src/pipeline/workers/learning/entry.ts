import { serveParent } from "../serve-parent.ts";
import { learnNetwork } from "./learn-network.ts";
import type { LearningAnswer, LearningEvent, LearningOrder } from "./protocol.ts";

// The child process of `lrbot learn`, which would hold up the main one's interrupts.

serveParent<LearningOrder, LearningEvent, LearningAnswer>((order, { tell }) =>
  learnNetwork(order, (epoch, epochs) => tell({ epoch, epochs })),
);
