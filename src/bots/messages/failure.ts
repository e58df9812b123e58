import type { ErrorCode } from "../../errors.ts";
import type { MessageKey } from "../../locales/en.ts";
import type { RichText } from "../../locales/rich-text.ts";
import type { Values, Words } from "../../locales/words.ts";
import type { Capabilities, Permission } from "../chat.ts";
import type { RefusalReason } from "../refusal.ts";

/** Why something was not done: a code, and what its message is made from. */
export type Failure =
  | RefusalReason
  | {
      readonly code: CodeAlone;
      readonly reference: string | null;
      /** The setting that is out of range, where that is known. */
      readonly setting?: string | null;
    };

type CodeAlone = Exclude<ErrorCode, RefusalReason["code"]>;

/** A failure in the member's language: never a stack, never a message of ours that was meant for a log. */
export function failureText(
  failure: Failure,
  words: Words,
  { typed }: Pick<Capabilities, "typed">,
): RichText {
  return words.say(keyOf(failure), {
    edit: { code: typed("edit") },
    help: { code: typed("help") },
    ...valuesOf(failure, words),
  });
}

/**
 * The failure that a code alone tells of. A code that comes without the data that its message needs tells of nothing but a
 * fault of ours.
 */
export function failureOfCode(
  code: ErrorCode,
  reference: string | null,
  setting: string | null = null,
): Failure {
  return { code: needsData(code) ? "internal" : code, reference, setting };
}

/** What the bot would have to be allowed, in the member's language. */
export function permissionText(missing: readonly Permission[], words: Words): RichText {
  if (missing.length > 0 && missing.every((each) => each === "join")) {
    return words.say("answer.permission.join");
  }
  if (missing.includes("archived")) return words.say("answer.permission.archived");
  if (missing.includes("group")) return words.say("answer.permission.group");
  const named = missing.flatMap((each) => (each === "archived" || each === "group" ? [] : [each]));
  const all = named.length > 0 ? named : (["post"] as const);
  return words.say("answer.permission", {
    permissions: separated(all.map((each) => words.say(`permission.${each}`))),
  });
}

function keyOf(failure: Failure): MessageKey {
  const isTold = failure.code === "channel-refused" && failure.channels.length > 0;
  return isTold ? "error.channel-refused.try" : keys[failure.code];
}

/** What stands in the message of a code besides the commands that lead on from it. */
function valuesOf(failure: Failure, words: Words): Values {
  switch (failure.code) {
    case "limit-waiting":
      return { count: failure.count };
    case "limit-per-day": {
      const { count, againSeconds: seconds } = failure;
      const again = seconds === null ? "none" : words.plain("time.about", { time: words.duration(seconds) });
      return { count, again };
    }
    case "pack-refused":
      return { pack: failure.pack, packs: failure.packs.join(", "), count: failure.packs.length };
    case "limit-pack": {
      const { pack, count, isAtOnce, againSeconds: seconds } = failure;
      const again = seconds === null ? "none" : words.plain("time.about", { time: words.duration(seconds) });
      return { pack, count, per: isAtOnce ? "once" : "day", again };
    }
    case "limit-cooldown": {
      const { seconds, againSeconds } = failure;
      return { every: words.duration(seconds), left: words.duration(againSeconds) };
    }
    case "channel-refused":
      return { channels: separated(failure.channels.map((channel): RichText => [{ channel }])) };
    case "attachment-too-large":
      return { megabytes: failure.maxBytes / 1e6 };
    case "study-set-missing":
      return { set: failure.set, sets: failure.sets.join(", ") || "none" };
    case "study-set-invalid":
      return { set: failure.set, line: failure.line, got: failure.got };
    case "study-methods-too-few":
      return { set: failure.set, methods: failure.methods.join(", ") || "none" };
    case "study-method-missing":
      return { method: failure.method, methods: failure.methods.join(", ") };
    case "study-running":
      return { set: failure.set };
    case "study-elsewhere":
      return { channel: { channel: failure.channel } };
    case "choice-not-offered": {
      const { option, got, choices } = failure;
      return { option, got, count: choices.length, choices: choices.join(", ") };
    }
    case "number-refused":
      return { option: failure.option, low: failure.low, high: failure.high };
    case "text-refused":
      return { option: failure.option, most: failure.most };
    case "style-unfit": {
      const { style, pack, packs } = failure;
      return { style, pack, packs: packs.join(", ") || "none" };
    }
    case "where-unknown":
    case "where-outside":
      return { got: failure.got };
    case "option-unknown":
      return { got: failure.got, options: { code: failure.options.join(" ") } };
    case "option-without-value":
      return { got: failure.got, count: failure.values.length, values: failure.values.join(", ") };
    case "box-outside-picture":
      return { setting: "box" };
    default:
      return { reference: failure.reference ?? "-", setting: failure.setting ?? "other" };
  }
}

function separated(list: readonly RichText[]): RichText {
  return list.flatMap((each, index) => (index === 0 ? each : [", ", ...each]));
}

function needsData(code: ErrorCode): code is RefusalReason["code"] {
  return code in withData;
}

const withData: Record<RefusalReason["code"], true> = {
  "limit-waiting": true,
  "limit-per-day": true,
  "limit-cooldown": true,
  "limit-pack": true,
  "pack-refused": true,
  "channel-refused": true,
  "attachment-too-large": true,
  "choice-not-offered": true,
  "number-refused": true,
  "text-refused": true,
  "style-unfit": true,
  "where-unknown": true,
  "where-outside": true,
  "option-unknown": true,
  "option-without-value": true,
  "study-set-missing": true,
  "study-set-invalid": true,
  "study-methods-too-few": true,
  "study-method-missing": true,
  "study-running": true,
  "study-elsewhere": true,
};

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
  "picture-too-many-scans": "error.picture-too-many-scans",
  "picture-too-costly": "error.picture-too-costly",
  "prompt-empty": "error.prompt-empty",
  "prompt-too-long": "error.prompt-too-long",
  "prompt-characters": "error.prompt-characters",
  "class-unknown": "error.class-unknown",
  "setting-out-of-range": "error.setting",
  "seed-invalid": "error.seed",
  "box-outside-picture": "error.setting",
  usage: "error.setting",
  "attachment-missing": "error.attachment-missing",
  "attachment-refused": "error.attachment-refused",
  "attachment-too-large": "error.attachment-too-large",
  "attachment-unavailable": "error.attachment-unavailable",
  "avatar-private": "error.avatar-private",
  "limit-waiting": "error.limit-waiting",
  "limit-per-day": "error.limit-per-day",
  "limit-cooldown": "error.limit-cooldown",
  "limit-pack": "error.limit-pack",
  "member-blocked": "error.member-blocked",
  "channel-refused": "error.channel-refused",
  "outside-refused": "error.outside-refused",
  "pack-refused": "error.pack-refused",
  "words-refused": "error.words-refused",
  "undressing-refused": "error.undressing-refused",
  "picture-refused": "error.picture-refused",
  "not-allowed": "error.not-allowed",
  "not-yours": "answer.not-yours",
  "operators-only": "admin.operators",
  "login-needed": "error.login-needed",
  "login-refused": "error.login-refused",
  "request-refused": "error.request-refused",
  "tries-exceeded": "error.tries-exceeded",
  draining: "error.draining",
  "reference-invalid": "error.reference-invalid",
  "reference-expired": "error.reference-expired",
  "store-in-use": "error.internal",
  "store-unreadable": "error.internal",
  "settings-unreadable": "error.settings-unreadable",
  "store-unwritable": "error.unwritable",
  "store-replaced": "error.unwritable",
  "output-not-empty": "error.internal",
  "output-unwritable": "error.unwritable",
  "disk-full": "error.disk-full",
  "pack-missing": "error.pack",
  "pack-invalid": "error.pack",
  "pack-file-missing": "error.pack",
  "pack-hash-mismatch": "error.pack",
  "pack-not-pulled": "error.pack",
  "pack-no-safetensors": "error.pack",
  "license-not-accepted": "error.pack",
  "hub-unavailable": "error.pack",
  "hub-not-found": "error.pack",
  "hub-access": "error.pack",
  "weights-corrupt": "error.pack",
  "weights-tensor-missing": "error.pack",
  "weights-tensor-shape": "error.pack",
  "network-unsupported": "error.pack",
  "lora-other-family": "error.pack",
  "pack-too-large": "error.pack",
  "inpainter-unknown": "error.pack",
  "method-unknown": "error.pack",
  "choice-not-offered": "error.choice",
  "number-refused": "error.number",
  "text-refused": "error.text",
  "style-unfit": "error.style",
  "where-unknown": "error.where",
  "where-outside": "error.where-outside",
  "option-unknown": "error.option",
  "option-without-value": "error.option.value",
  "inpainter-unreachable": "error.device",
  "inpainter-refused": "error.device",
  "workflow-invalid": "error.device",
  "fleet-unreachable": "error.device",
  "fleet-refused": "error.device",
  "fleet-name-taken": "error.device",
  "fleet-clock": "error.device",
  "fleet-protocol": "error.device",
  "files-missing": "error.internal",
  "files-unreachable": "error.device",
  "files-refused": "error.device",
  "files-full": "error.device",
  "set-invalid": "error.internal",
  "signing-invalid": "error.internal",
  "study-set-missing": "error.study-set-missing",
  "study-set-invalid": "error.study-set-invalid",
  "study-methods-too-few": "error.study-methods-too-few",
  "study-method-missing": "error.study-method-missing",
  "study-running": "error.study-running",
  "study-missing": "error.study-missing",
  "study-not-running": "error.study-not-running",
  "study-elsewhere": "error.study-elsewhere",
  "study-pair-gone": "error.study-pair-gone",
  "study-pictures-gone": "error.study-pictures-gone",
  "book-too-small": "error.internal",
  "learning-refused": "error.internal",
  "device-unavailable": "error.device",
  "inversion-diverged": "error.internal",
  "out-of-memory": "error.out-of-memory",
  "worker-died": "error.worker",
  "worker-hung": "error.worker",
  cancelled: "error.cancelled",
  internal: "error.internal",
};
