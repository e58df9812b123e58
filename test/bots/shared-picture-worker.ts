import { createPictureWorker } from "../../src/pipeline/workers/pictures/client.ts";

/** The picture worker of all bots that a process of tests starts, as it is that of all jobs of a bot; it ends with the process. */
export const sharedPictureWorker = createPictureWorker({ environment: {}, log: () => {} });
