import type { EditError, ErrorCode } from "../errors.ts";

/** What the process ends with: 0 done, 2 wrong usage or unusable input, 3 a pack is no use, 4 cancelled, 1 the rest. */
export type ExitStatus = 0 | 1 | 2 | 3 | 4;

const statuses: Record<ErrorCode, ExitStatus> = {
  "picture-not-found": 2,
  "picture-unreadable": 2,
  "picture-is-a-directory": 2,
  "picture-empty": 2,
  "picture-not-a-picture": 2,
  "picture-format-unsupported": 2,
  "picture-heic": 2,
  "picture-animated": 2,
  "picture-corrupt": 2,
  "picture-too-small": 2,
  "picture-too-large": 2,
  "picture-too-long": 2,
  "picture-too-many-scans": 2,
  "picture-too-costly": 2,
  "prompt-empty": 2,
  "prompt-too-long": 2,
  "prompt-characters": 2,
  "setting-out-of-range": 2,
  "seed-invalid": 2,
  "box-outside-picture": 2,
  usage: 2,
  "attachment-missing": 2,
  "attachment-refused": 2,
  "attachment-too-large": 2,
  "attachment-unavailable": 1,
  "limit-waiting": 1,
  "limit-per-day": 1,
  "member-blocked": 1,
  "channel-refused": 2,
  "words-refused": 2,
  "picture-refused": 2,
  "not-allowed": 1,
  "not-yours": 1,
  "operators-only": 1,
  draining: 1,
  "login-needed": 1,
  "login-refused": 1,
  "request-refused": 2,
  "tries-exceeded": 1,
  "reference-invalid": 2,
  "reference-expired": 2,
  "store-in-use": 1,
  "store-unreadable": 1,
  "settings-unreadable": 1,
  "store-unwritable": 1,
  "store-replaced": 1,
  "output-not-empty": 2,
  "output-unwritable": 2,
  "disk-full": 1,
  "pack-missing": 3,
  "pack-invalid": 3,
  "pack-file-missing": 3,
  "pack-hash-mismatch": 3,
  "pack-not-pulled": 3,
  "pack-no-safetensors": 3,
  "license-not-accepted": 2,
  "hub-unavailable": 1,
  "hub-not-found": 3,
  "hub-access": 3,
  "weights-corrupt": 3,
  "weights-tensor-missing": 3,
  "weights-tensor-shape": 3,
  "network-unsupported": 3,
  "inpainter-unknown": 2,
  "method-unknown": 2,
  "inpainter-unreachable": 1,
  "inpainter-refused": 1,
  "workflow-invalid": 2,
  "fleet-unreachable": 1,
  "fleet-refused": 2,
  "fleet-name-taken": 2,
  "fleet-clock": 1,
  "fleet-protocol": 1,
  "files-missing": 1,
  "files-unreachable": 1,
  "files-refused": 1,
  "files-full": 1,
  "set-invalid": 2,
  "signing-invalid": 2,
  "book-too-small": 2,
  "learning-refused": 1,
  "device-unavailable": 1,
  "inversion-diverged": 1,
  "out-of-memory": 1,
  "worker-died": 1,
  "worker-hung": 1,
  cancelled: 4,
  internal: 1,
};

/** The exit status that a failure ends the process with. */
export function exitStatusOf(error: EditError): ExitStatus {
  return statuses[error.code];
}

/** `error CODE: Expected ..., got ...` on one line: what a message quotes may hold line breaks and escapes. */
export function errorLineOf(error: EditError): string {
  return `error ${error.code}: ${printable(error.message)}`;
}

/** The text with every control character written as an escape, so that it cannot move a terminal's cursor. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
