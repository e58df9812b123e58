import { EditError } from "../errors.ts";

/** What a refusal is answered with beyond its code: the numbers and names that its message holds. */
export type RefusalReason =
  /** `choices` are those of the option; none where there is no choice. */
  | {
      readonly code: "choice-not-offered";
      readonly option: string;
      readonly got: string;
      readonly choices: readonly string[];
    }
  /** The option takes a whole number from `low` to `high`. */
  | { readonly code: "number-refused"; readonly option: string; readonly low: number; readonly high: number }
  /** The option takes at most `most` characters. */
  | { readonly code: "text-refused"; readonly option: string; readonly most: number }
  /** The style is none of `pack`, but of `packs`. */
  | {
      readonly code: "style-unfit";
      readonly option: "style";
      readonly style: string;
      readonly pack: string;
      readonly packs: readonly string[];
    }
  /** No part of a picture is called so. */
  | { readonly code: "where-unknown"; readonly got: string }
  /** The box in per cent lies outside the picture, or has no size. */
  | { readonly code: "where-outside"; readonly got: string }
  /** `options` are those that may be meant. */
  | { readonly code: "option-unknown"; readonly got: string; readonly options: readonly string[] }
  /** Nothing stands behind the option; `values` are those that can be listed. */
  | { readonly code: "option-without-value"; readonly got: string; readonly values: readonly string[] }
  /** `count` jobs may wait or run at once. */
  | { readonly code: "limit-waiting"; readonly count: number }
  /** `count` jobs may be asked for in 24 hours; `againSeconds` until the next one, `null` where none will ever be. */
  | { readonly code: "limit-per-day"; readonly count: number; readonly againSeconds: number | null }
  /** One edit may be asked for every `seconds`; the next one in `againSeconds`. */
  | { readonly code: "limit-cooldown"; readonly seconds: number; readonly againSeconds: number }
  /** The member may use the packs `packs` alone. */
  | {
      readonly code: "pack-refused";
      readonly option: "pack";
      readonly pack: string;
      readonly packs: readonly string[];
    }
  /** `count` jobs of that pack may wait or run at once, or be asked for in 24 hours; `againSeconds` until the next one, `null` where that is not known. */
  | {
      readonly code: "limit-pack";
      readonly pack: string;
      readonly count: number;
      readonly isAtOnce: boolean;
      readonly againSeconds: number | null;
    }
  /** `channels` are those that the bot answers in. */
  | { readonly code: "channel-refused"; readonly channels: readonly string[] }
  | { readonly code: "attachment-too-large"; readonly maxBytes: number }
  /** `sets` are those that there are. */
  | { readonly code: "study-set-missing"; readonly set: string; readonly sets: readonly string[] }
  /** `got` is what stands in that line of its manifest. */
  | { readonly code: "study-set-invalid"; readonly set: string; readonly line: number; readonly got: string }
  /** `methods` are those that the set has results of. */
  | { readonly code: "study-methods-too-few"; readonly set: string; readonly methods: readonly string[] }
  /** There is no method `method` among `methods`. */
  | { readonly code: "study-method-missing"; readonly method: string; readonly methods: readonly string[] }
  /** The study of the set `set` has this channel. */
  | { readonly code: "study-running"; readonly set: string }
  /** The study is one of `channel`. */
  | { readonly code: "study-elsewhere"; readonly channel: string };

/** A refusal whose answer needs data; one that needs none is an `EditError`. */
export class Refusal extends EditError {
  readonly reason: RefusalReason;

  constructor(reason: RefusalReason, message: string, options?: { readonly cause?: unknown }) {
    super(reason.code, message, options);
    this.reason = reason;
  }
}
