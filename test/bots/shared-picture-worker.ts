import { afterAll } from "vitest";
import { createPictureWorker } from "../../src/pipeline/workers/pictures/client.ts";

/** The picture worker of all bots that a test file starts, as it is that of all jobs of a bot; it ends with the file. */
export const sharedPictureWorker = createPictureWorker({ environment: {}, log: () => {} });

afterAll(() => sharedPictureWorker[Symbol.asyncDispose]());
