import { EditError } from "../../errors.ts";

/** Where the bucket is, as messages name it. */
export interface S3Place {
  readonly bucket: string;
  /** `AWS`, or the address of another server. */
  readonly server: string;
}

/** A failure of the store with the code and the next step of its kind. What has a code already stays as it is. */
export function s3Failure(thrown: unknown, { bucket, server: at }: S3Place): EditError {
  if (thrown instanceof EditError) return thrown;
  const { name, status, message } = seen(thrown);
  // The client's own error holds the whole request, with its signature.
  const cause = new Error(`${name}: ${message}`);
  const refused = (text: string) => new EditError("files-refused", text, { cause });
  if (fullNames.has(name) || status === 507)
    return new EditError(
      "files-full",
      `Expected room in the bucket ${bucket} at ${at}, got ${name}. Free some space, or raise its quota.`,
      { cause },
    );
  if (name === "NoSuchBucket")
    return refused(
      `Expected the bucket ${bucket} at ${at}, got none of that name. Make it, or mend the address.`,
    );
  if (keyNames.has(name))
    return refused(
      `Expected keys that ${at} knows, got ${name}. Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`,
    );
  if (name === "CredentialsProviderError")
    return refused(`Expected keys for ${at}, got none. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.`);
  if (name === "RequestTimeTooSkewed" || name === "RequestExpired")
    return refused(
      `Expected this machine's clock to be within 15 minutes of that of ${at}, got ${name}. Set the clock, best by NTP.`,
    );
  if (regionNames.has(name) || status === 301)
    return refused(
      `Expected AWS_REGION to be the region of the bucket ${bucket} at ${at}, got ${name}. Set it, or AWS_ENDPOINT_URL_S3.`,
    );
  if (certificateCode.test(name))
    return refused(
      `Expected a certificate of ${at} that this machine trusts, got ${name}. NODE_EXTRA_CA_CERTS names one to trust.`,
    );
  if (plaintextCode.test(`${name} ${message}`))
    return refused(
      `Expected ${at} to speak HTTPS, got something else. Does AWS_ENDPOINT_URL_S3 begin rightly?`,
    );
  if (isPassing(name, status))
    return new EditError(
      "files-unreachable",
      `Expected an answer from ${at}, got ${status >= 400 ? `${status} ${name}` : name}. Check the address and the network.`,
      { cause },
    );
  if (status === 403 || name === "AccessDenied")
    return refused(
      `Expected the right to read, write, list and delete in the bucket ${bucket} at ${at}, got ${name}. Give the keys these rights.`,
    );
  return refused(
    `Expected ${at} to be an S3 server, got ${status >= 100 ? `${status} ` : ""}${name}. Check the address.`,
  );
}

/** True of an answer that there is no such file. */
export function isNoSuchKey(cause: unknown): boolean {
  const { name } = seen(cause);
  return name === "NoSuchKey" || name === "NotFound";
}

/** AWS's names of errors, and those of MinIO, Ceph, Backblaze and the Versity gateway. */
const fullNames = new Set([
  ...[
    "QuotaExceeded",
    "QuotaExceededException",
    "InsufficientStorage",
    "ServiceQuotaExceeded",
    "BucketQuotaExceeded",
  ],
  ...["XMinioStorageFull", "XMinioAdminBucketQuotaExceeded", "StorageCapExceeded", "storage_cap_exceeded"],
  ...["NotEnoughSpace", "StorageFull"],
]);
const keyNames = new Set([
  ...["InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken", "TokenRefreshRequired"],
  ...[
    "InvalidClientTokenId",
    "AuthFailure",
    "NotSignedUp",
    "XMinioInvalidIAMCredentials",
    "XAdminUserNotFound",
  ],
]);
const regionNames = new Set([
  ...[
    "PermanentRedirect",
    "TemporaryRedirect",
    "AuthorizationHeaderMalformed",
    "IllegalLocationConstraintException",
  ],
  ...["Region is missing", "AuthorizationQueryParametersError", "IncorrectEndpoint"],
]);
/** Codes of Node.js and OpenSSL for certificates. */
const certificateCode = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|ALTNAME/;
const plaintextCode = /EPROTO|WRONG_VERSION_NUMBER|HTTPPARSER|HPE_INVALID/;
const networkCode =
  /^(E(CONN|HOST|NET|PIPE|AI_|TIMEDOUT|ADDR)|ENOTFOUND|UND_ERR|ERR_STREAM_PREMATURE_CLOSE|TimeoutError|RequestTimeout$|AbortError|aborted)/;
const passingNames = new Set([
  ...[
    "SlowDown",
    "SlowDownRead",
    "SlowDownWrite",
    "ServiceUnavailable",
    "InternalError",
    "OperationAborted",
    "Throttling",
  ],
  ...["ThrottlingException", "RequestLimitExceeded", "BandwidthLimitExceeded", "DamagedFile"],
]);

function isPassing(name: string, status: number): boolean {
  if (passingNames.has(name) || networkCode.test(name)) return true;
  return status >= 500 || status === 429 || status === 408;
}

/** What a failure of the client or of Node.js says: its name or code, and the HTTP status, 0 where there was no answer. */
function seen(cause: unknown): { readonly name: string; readonly status: number; readonly message: string } {
  if (!(cause instanceof Error)) return { name: String(cause), status: 0, message: "" };
  const { code, Code, $metadata } = cause as {
    code?: unknown;
    Code?: unknown;
    $metadata?: { httpStatusCode?: number };
  };
  const named = [Code, code].find((one) => typeof one === "string") as string | undefined;
  const name = named ?? (cause.name === "Error" ? cause.message : cause.name);
  return { name: oneLine(name), status: $metadata?.httpStatusCode ?? 0, message: cause.message };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").slice(0, 100);
}
