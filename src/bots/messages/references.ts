import { createHmac, timingSafeEqual } from "node:crypto";
import { EditError } from "../../errors.ts";

/** What a button or a modal of the bot does. */
export const actions = [
  "show",
  "larger",
  "smaller",
  "box",
  "all",
  "compare",
  "upscale",
  "share",
  "unshare",
  "reroll",
  "again",
  "original",
  "delete",
  "cancel",
  "resend",
  "paint",
  "form",
  "forget",
  "mentions",
  "avatar",
  "defaults",
  "settings",
  "vote",
  "left",
  "right",
  "tie",
  "new",
] as const;
/** One of them. */
export type Action = (typeof actions)[number];

/** A subject for buttons that are about no job: references want one. */
export const aboutNoJob = "homehome";

/** A button's meaning. `subject` is a job's id, of votes a study's, or of modals a draft's token. */
export interface Reference {
  readonly action: Action;
  readonly subject: string;
  /** A rank; of a setting 1 for on; of a choice the number of its pair; of an offer which of its pictures, from 0; or 0. */
  readonly argument: number;
}

/** Writes and reads the ids of buttons and modals: signed, so that nobody makes up one, and under 100 characters. */
export interface References {
  write(action: Action, subject: string, argument?: number): string;
  /** @throws EditError `reference-invalid` where the id is none of ours */
  read(id: string): Reference;
}

/** `lr1.ACTION.SUBJECT.ARGUMENT.SIGNATURE`, signed with the first 12 bytes of HMAC-SHA256. */
export function createReferences(key: Uint8Array): References {
  const sign = (text: string) => createHmac("sha256", key).update(text).digest().subarray(0, 12);
  return {
    write(action, subject, argument = 0) {
      const text = `lr1.${action}.${subject}.${argument}`;
      return `${text}.${sign(text).toString("base64url")}`;
    },
    read(id) {
      const [, text = "", action, subject = "", argument, signature = ""] = form.exec(id) ?? [];
      const known = actions.find((name) => name === action);
      const given = Buffer.from(signature, "base64url");
      if (!known || given.length !== 12 || !timingSafeEqual(given, sign(text))) {
        throw new EditError("reference-invalid", "Expected a button of this bot, got another one's.");
      }
      return { action: known, subject, argument: Number(argument) };
    },
  };
}

const form = /^(lr1\.([a-z]+)\.([a-z0-9]{8,32})\.(\d{1,10}))\.([A-Za-z0-9_-]{16})$/;
