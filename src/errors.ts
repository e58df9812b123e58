/**
 * Every failure that a person can cause or mend has a code from this closed list. The command line maps
 * codes to exit statuses, a chat maps them to friendly replies, HTTP maps them to status codes; each map is
 * exhaustive, so adding a code here makes the compiler name every place that has to answer it.
 */
export const errorCodes = [
  // the picture
  "picture-not-found",
  "picture-unreadable",
  "picture-is-a-directory",
  "picture-empty",
  "picture-not-a-picture",
  "picture-format-unsupported",
  "picture-heic",
  "picture-animated",
  "picture-corrupt",
  "picture-too-small",
  "picture-too-large",
  "picture-too-long",
  "picture-too-many-scans",
  "picture-too-costly",
  // the words
  "prompt-empty",
  "prompt-too-long",
  "prompt-characters",
  "class-unknown",
  // the settings
  "setting-out-of-range",
  "seed-invalid",
  "box-outside-picture",
  "usage",
  // what came with a chat's message
  "attachment-missing",
  "attachment-refused",
  "attachment-too-large",
  "attachment-unavailable",
  "avatar-private",
  // the queue and who may use it
  "limit-waiting",
  "limit-per-day",
  "limit-cooldown",
  "limit-pack",
  "member-blocked",
  "channel-refused",
  "outside-refused",
  "pack-refused",
  "words-refused",
  "undressing-refused",
  "picture-refused",
  "not-allowed",
  "not-yours",
  "operators-only",
  "draining",
  // the page
  "login-needed",
  "login-refused",
  "request-refused",
  "tries-exceeded",
  // what buttons and links name
  "reference-invalid",
  "reference-expired",
  "store-in-use",
  "store-unreadable",
  "settings-unreadable",
  "store-unwritable",
  "store-replaced",
  // the output folder
  "output-not-empty",
  "output-unwritable",
  "disk-full",
  // packs and networks
  "pack-missing",
  "pack-invalid",
  "pack-file-missing",
  "pack-hash-mismatch",
  "pack-not-pulled",
  "pack-no-safetensors",
  "license-not-accepted",
  "hub-unavailable",
  "hub-not-found",
  "hub-access",
  "weights-corrupt",
  "weights-tensor-missing",
  "weights-tensor-shape",
  "network-unsupported",
  "lora-other-family",
  "pack-too-large",
  "inpainter-unknown",
  "method-unknown",
  "choice-not-offered",
  "number-refused",
  "text-refused",
  "style-unfit",
  "where-unknown",
  "where-outside",
  "option-unknown",
  "option-without-value",
  "inpainter-unreachable",
  "inpainter-refused",
  "workflow-invalid",
  "device-unavailable",
  // lanes on other hosts, and the file store between them
  "fleet-unreachable",
  "fleet-refused",
  "fleet-name-taken",
  "fleet-clock",
  "fleet-protocol",
  "files-missing",
  "files-unreachable",
  "files-refused",
  "files-full",
  // evaluating
  "set-invalid",
  // signing results
  "signing-invalid",
  // studies
  "study-set-missing",
  "study-set-invalid",
  "study-methods-too-few",
  "study-method-missing",
  "study-running",
  "study-missing",
  "study-not-running",
  "study-elsewhere",
  "study-pair-gone",
  "study-pictures-gone",
  // learning from edits
  "book-too-small",
  "learning-refused",
  // running
  "inversion-diverged",
  "out-of-memory",
  "worker-died",
  "worker-hung",
  "cancelled",
  "internal",
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** A failure with a code. Messages say `Expected ..., got ...` and end in what to do where that is not plain. */
export class EditError extends Error {
  override readonly name = "EditError";
  readonly code: ErrorCode;
  /** Of `setting-out-of-range`: which one, as the request names it; `null` where that is not known. */
  readonly setting: string | null;

  constructor(
    code: ErrorCode,
    message: string,
    options?: { readonly cause?: unknown; readonly setting?: string },
  ) {
    super(message, options);
    this.code = code;
    this.setting = options?.setting ?? null;
  }
}

/** Throws the signal's reason as a coded error when the work was cancelled. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new EditError("cancelled", "Expected the work to finish, got a request to cancel it.", {
      cause: signal.reason,
    });
  }
}

/** True of a failure of what the bot keeps things in, which ends when somebody frees space or mends the disk. */
export function isStorageFailure(error: unknown): boolean {
  return error instanceof EditError && storageCodes.has(error.code);
}

const storageCodes: ReadonlySet<ErrorCode> = new Set([
  "disk-full",
  "output-unwritable",
  "store-in-use",
  "store-unreadable",
  "store-unwritable",
  "store-replaced",
]);

/** True of the system's codes for a disk, a quota or a file that can grow no more. */
export function isDiskFull(code: string): boolean {
  return ["ENOSPC", "EDQUOT", "EFBIG"].includes(code);
}
