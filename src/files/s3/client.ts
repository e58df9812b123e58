import { S3Client } from "@aws-sdk/client-s3";
import { EditError } from "../../errors.ts";
import type { S3Settings } from "../../types.ts";

/** How long a connection may take to be made, milliseconds. */
const connectionMilliseconds = 5_000;
/** How long the other side may be silent, milliseconds. */
const silenceMilliseconds = 30_000;
/** Requests at once to one server, as many as a host's lanes can have under way. */
const connections = 64;

/**
 * AWS's client. It tries nothing twice: a stream cannot be sent again, so whoever has the file does. Checksums in the body are
 * left out, which other servers do not understand. It does not correct a wrong clock: what else goes by it would stay wrong.
 */
export function createClient({ endpoint, region, keys, isPathStyle }: S3Settings): S3Client {
  return new S3Client({
    ...(endpoint === null ? {} : { endpoint }),
    // Other servers have no regions, or take any.
    ...(region === null ? (endpoint === null ? {} : { region: "us-east-1" }) : { region }),
    ...(keys === null
      ? {}
      : {
          credentials: {
            accessKeyId: keys.id,
            secretAccessKey: keys.secret,
            ...(keys.sessionToken === null ? {} : { sessionToken: keys.sessionToken }),
          },
        }),
    forcePathStyle: isPathStyle ?? endpoint !== null,
    maxAttempts: 1,
    // What fails is thrown; the console is not its to write to.
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    disableClockSkewCorrection: async () => true,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: connectionMilliseconds,
      requestTimeout: silenceMilliseconds,
      socketTimeout: silenceMilliseconds,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: connections },
      httpsAgent: { maxSockets: connections },
    },
  });
}

/**
 * Refuses a region that is none, half a pair of keys, and a server that pictures would travel to in the open.
 * @throws EditError `usage`
 */
export function checkSettings({ endpoint, region, keys, allowsPlaintext }: S3Settings): void {
  if (region !== null && !/^[A-Za-z0-9-]{1,63}$/.test(region))
    throw new EditError(
      "usage",
      `Expected AWS_REGION to be a region, such as eu-central-1, got ${JSON.stringify(region)}.`,
    );
  if (keys && (keys.id === "" || keys.secret === ""))
    throw new EditError(
      "usage",
      "Expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY together, got one of them.",
    );
  if (endpoint === null || allowsPlaintext) return;
  const { protocol, hostname } = new URL(endpoint);
  if (protocol === "https:" || isLoopback(hostname)) return;
  throw new EditError(
    "usage",
    `Expected AWS_ENDPOINT_URL_S3 to begin with https://, got ${protocol}//${hostname}: pictures would travel unencrypted. LRBOT_ALLOW_PLAINTEXT=1 allows it, for a network that nobody else is in.`,
  );
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}
