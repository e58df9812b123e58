import type { ErrorCode } from "../errors.ts";
import type { MessageKey } from "../locales/en.ts";
import type { RichText } from "../locales/rich-text.ts";
import type { Values, Words } from "../locales/words.ts";

/** Every code has an answer that says what to do next; the compiler names what is missing. */
const keys: Record<ErrorCode, MessageKey> = {
  "picture-not-found": "error.attachment-missing",
  "picture-unreadable": "error.attachment-unavailable",
  "picture-is-a-directory": "error.attachment-missing",
  "picture-empty": "error.picture-not-a-picture",
  "picture-not-a-picture": "error.picture-not-a-picture",
  "picture-format-unsupported": "error.picture-not-a-picture",
  "picture-heic": "error.picture-heic",
  "picture-animated": "error.picture-animated",
  "picture-corrupt": "error.picture-corrupt",
  "picture-too-small": "error.picture-too-small",
  "picture-too-large": "error.picture-too-large",
  "picture-too-long": "error.picture-too-long",
  "prompt-empty": "error.prompt-empty",
  "prompt-too-long": "error.prompt-too-long",
  "prompt-characters": "error.prompt-characters",
  "setting-out-of-range": "error.setting",
  "box-outside-picture": "error.setting",
  usage: "error.setting",
  "attachment-missing": "error.attachment-missing",
  "attachment-refused": "error.attachment-refused",
  "attachment-too-large": "error.attachment-too-large",
  "attachment-unavailable": "error.attachment-unavailable",
  "limit-waiting": "error.limit-waiting",
  "limit-per-day": "error.limit-per-day",
  "member-blocked": "error.member-blocked",
  "channel-refused": "error.channel-refused",
  "words-refused": "error.words-refused",
  "picture-refused": "error.picture-refused",
  "not-allowed": "error.not-allowed",
  draining: "error.draining",
  "reference-invalid": "error.reference-invalid",
  "reference-expired": "error.reference-expired",
  "store-in-use": "error.internal",
  "store-unreadable": "error.internal",
  "output-not-empty": "error.internal",
  "output-unwritable": "error.disk-full",
  "disk-full": "error.disk-full",
  "pack-missing": "error.pack",
  "pack-invalid": "error.pack",
  "pack-file-missing": "error.pack",
  "pack-hash-mismatch": "error.pack",
  "weights-corrupt": "error.pack",
  "weights-tensor-missing": "error.pack",
  "weights-tensor-shape": "error.pack",
  "network-unsupported": "error.pack",
  "inpainter-unknown": "error.pack",
  "device-unavailable": "error.device",
  "out-of-memory": "error.out-of-memory",
  "worker-died": "error.worker",
  "worker-hung": "error.worker",
  cancelled: "error.cancelled",
  internal: "error.internal",
};

/** A failure in the member's language: never a stack, never a message of ours that was meant for a log. */
export function failureText(
  failure: { readonly code: ErrorCode; readonly message: string; readonly reference: string | null },
  words: Words,
  details: Values = {},
): RichText {
  return words.say(keys[failure.code], {
    reference: failure.reference ?? "-",
    detail: failure.message,
    count: 0,
    megabytes: 0,
    edit: "/edit",
    ...details,
  });
}
