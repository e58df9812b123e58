import type { S3Settings } from "../../../src/types.ts";

/** Nothing set. */
export const noS3: S3Settings = {
  endpoint: null,
  region: null,
  keys: null,
  isPathStyle: null,
  allowsPlaintext: false,
};
