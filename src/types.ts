import type { Warning } from "./warnings.ts";

/** A rectangle in whole pixels of the upright input picture; `left` and `top` are inside, the far edges are not. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A place where the picture draws attention: the centre of a patch, in pixels, and its attention (all patches sum to at most 1). */
export interface Anchor {
  readonly x: number;
  readonly y: number;
  readonly attention: number;
}

/**
 * How a box of each anchor is chosen: by a Gaussian process over all boxes that begins with what earlier edits have taught,
 * `learned`, or with nothing, `process`; by the region network alone, `network`; or by the paper's own recipe, `paper`.
 */
export const chooserNames = ["learned", "process", "network", "paper"] as const;
export type ChooserName = (typeof chooserNames)[number];

/** How the gradient of the expected loss is obtained: exactly, or by one of two sampled estimates. */
export const estimators = ["expected", "straight-through", "reinforce"] as const;
export type Estimator = (typeof estimators)[number];

/** How two self-similarity matrices are compared: root mean square, mean square (the authors' code), or the paper's plain norm. */
export const structureNorms = ["rms", "mean-square", "frobenius"] as const;
export type StructureNorm = (typeof structureNorms)[number];

/**
 * How results are ordered: `guarded` by the editing loss, edits that the prompt did not gain from last; `paper` by
 * plain S.
 */
export const rankRules = ["guarded", "paper"] as const;
export type RankRule = (typeof rankRules)[number];

/**
 * Where the first anchors come from: `source` is where T_ROI lies, as far as the pack can tell, and then attention;
 * `attention` is the paper's.
 */
export const anchorOrigins = ["source", "attention"] as const;
export type AnchorOrigin = (typeof anchorOrigins)[number];

/**
 * Where inside its box a painting is kept: `auto` where it is needed, for a mask as small as the editing loss allows; `box`
 * everywhere.
 */
export const maskModes = ["auto", "box"] as const;
export type MaskMode = (typeof maskModes)[number];

/**
 * What becomes of pictures that the safety model finds unsafe: nothing is checked; they are marked; they are refused.
 */
export const safetyPolicies = ["off", "mark", "refuse"] as const;
export type SafetyPolicy = (typeof safetyPolicies)[number];

/**
 * What edits: `regions` is the paper's way, an inpainter in learned boxes; the others are methods that edit the whole picture, with
 * which it was compared. docs/methods.md.
 */
export const methodNames = [
  "regions",
  "instruct-pix2pix",
  "diffedit",
  "negative-prompt",
  "null-text",
  "masactrl",
  "masactrl-mask",
  "plug-and-play",
] as const;
export type MethodName = (typeof methodNames)[number];

/** Methods that draw nothing at random: picture and words give the same result whatever the seed. */
export const seedlessMethods: readonly MethodName[] = [
  "negative-prompt",
  "null-text",
  "masactrl",
  "masactrl-mask",
  "plug-and-play",
];

/** A server that paints in place of a pack's own networks. */
export interface RemoteServer {
  /** Its lane: its kind and its number among those of the kind, such as `a1111:0`. */
  readonly name: string;
  /** The interface that it speaks: one of `pipeline/inpainters/remote/kinds.ts`. */
  readonly kind: string;
  /** Without a slash at its end. */
  readonly url: string;
  /** The whole value of the header `Authorization`: a secret. */
  readonly authorization: string | null;
  /** How long one painting may take, the server's own queue included. */
  readonly timeoutSeconds: number;
  /** The operator's file of what it is given to run for packs that name nothing, absolute; `null` where there is none. */
  readonly workflow: string | null;
  /** Folder of what packs may name to be run, absolute. */
  readonly workflows: string;
}

/** Which shards of a Discord bot a process serves: all, as many as Discord says, or from one to another (included) of so many. */
export type DiscordShards =
  | "auto"
  | { readonly first: number; readonly last: number; readonly count: number };

/** How S3-compatible storage is reached. What is `null` is looked for where AWS's own tools look for it. */
export interface S3Settings {
  /** Of another server than AWS, such as `https://s3.example.org:9000`. */
  readonly endpoint: string | null;
  readonly region: string | null;
  readonly keys: {
    /** Empty where it is not set. */
    readonly id: string;
    /** A secret; empty where it is not set. */
    readonly secret: string;
    /** A secret; of keys that end by themselves. */
    readonly sessionToken: string | null;
  } | null;
  /** The bucket stands in the path and not in the host's name; `null`: at other servers than AWS. */
  readonly isPathStyle: boolean | null;
  /** Pictures may travel unencrypted, also beyond this machine. */
  readonly allowsPlaintext: boolean;
}

/**
 * A part of a picture, in per cent of its width and height: `left` and `width` of the one, `top` and `height` of the other. It lies
 * inside: `left + width` and `top + height` are at most 100.
 */
export interface PicturePart {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** What may be set for one edit. Ranges are checked by `parseEditRequest`; `null` means the pack's own value. */
export interface EditSettings {
  /** K, 1 to 64. Default 8. */
  readonly anchors: number;
  /** M, 1 to 31. Default 7. */
  readonly proposals: number;
  /** 0 to 2^32 - 1. Default 0. */
  readonly seed: number;
  /** N, sampling steps of a full painting, 1 to 1000. */
  readonly steps: number | null;
  /** Sampling steps of a draft, 1 to 1000. Absent in stored requests of before: the pack's own. */
  readonly draftSteps?: number | null;
  /** B, editor work in full paintings, 2 to 10000. Default 14. */
  readonly budget: number;
  /** How much of the noise schedule is walked, above 0 to 1. */
  readonly strength: number | null;
  /** Classifier-free guidance scale, 0 to 50; 1 switches it off. */
  readonly guidance: number | null;
  readonly inpainter: string | null;
  /** `null` is the pack's own. Absent in stored requests of before, which take it. */
  readonly method?: MethodName | null;
  /** What a method makes of the whole picture is pasted into learned boxes, or into the box that is given. Default false. */
  readonly withRegion?: boolean;
  /** Default `learned`. Absent in stored requests of before, which take the default. */
  readonly chooser?: ChooserName;
  /** Of the region network, where the chooser trains one on all known losses. */
  readonly estimator: Estimator;
  readonly structureNorm: StructureNorm;
  /** Least distance between anchors in pixels; `null` is about 1/8 of the short side, 0 the paper's plain top-K. */
  readonly anchorSpacing: number | null;
  /** Absent in what was stored before: `attention`. */
  readonly anchorsFrom?: AnchorOrigin;
  /** Anchors lie in this part of the picture alone; `null` or absent in all of it. */
  readonly where?: PicturePart | null;
  readonly rank: RankRule;
  /** Default `auto`. Absent in stored requests of before: `box`. */
  readonly mask?: MaskMode;
}

/** One edit, as a person asked for it. */
export interface EditRequest {
  /** Path of the source picture. Only the worker opens it. */
  readonly image: string;
  readonly prompt: string;
  /** T_ROI, the thing to edit; found by CLIP zero-shot when `null`. */
  readonly source: string | null;
  readonly negative: string;
  /** Path of a picture that shows what is meant, for what paints and is shown one. */
  readonly reference?: string | undefined;
  readonly pack: string;
  /** Paint this box and learn nothing. */
  readonly box: Box | null;
  readonly settings: EditSettings;
  /** Of a worker that was given a safety model. Absent in stored requests of before: `off`. */
  readonly safety?: SafetyPolicy;
  /** A safety model that finds a result unsafe, but not the source, refuses the result, where it checks at all. Default false. */
  readonly refusesNewlyUnsafe?: boolean;
  /** Drafts are shown while the edit learns. Default false. */
  readonly previews?: boolean;
}

/** One edit as it goes to a worker: `folder` exists, is empty and takes the result pictures. */
export interface Job {
  readonly id: string;
  readonly request: EditRequest;
  readonly folder: string;
}

/** The three terms of equation 3 and their sum; each 0 (best) to 2. Where T_ROI is not known, `direction` is 0. */
export interface Losses {
  readonly clip: number;
  readonly structure: number;
  readonly direction: number;
  readonly total: number;
}

export interface PaintedProposal {
  /** Index into `anchors`; `null` where the box was given. */
  readonly anchor: number | null;
  readonly box: Box;
  readonly losses: Losses;
  /** Sampling steps the losses were measured at. */
  readonly steps: number;
}

/** Where inside its box a result shows the painting. */
export interface ResultMask {
  /**
   * File name inside the job's folder: a grey PNG of the picture's size. 0 is the picture's own pixel, bit for bit; 255 the
   * painting's, brought to the picture's tone; between them both are mixed.
   */
  readonly file: string;
  /** The box's, in pixels. */
  readonly width: number;
  readonly height: number;
  /**
   * Lengths of runs over the box's pixels, row by row from its upper left corner: by turns outside the mask and inside it,
   * outside first (which may be 0). All add up to `width * height`. Outside, the picture has its own pixels.
   */
  readonly runs: readonly number[];
  /** Of the picture with this mask; the result's own `losses` are those of the whole box. */
  readonly losses: Losses;
}

export interface RankedResult {
  /** 1 is best. */
  readonly rank: number;
  /** Index into `anchors`; `null` where the box was given. */
  readonly anchor: number | null;
  readonly box: Box;
  /** File names inside the job's folder. */
  readonly file: string;
  readonly overlay: string;
  /** CLIP cosines of the result with the prompt and with the source, and S = 2 t2i + i2i. */
  readonly scores: { readonly t2i: number; readonly i2i: number; readonly quality: number };
  readonly losses: Losses;
  /** `null` where the whole box was asked for; absent in stored results of before. */
  readonly mask?: ResultMask | null;
  /** The prompt did not gain enough from this edit. */
  readonly weak: boolean;
  /** How probable it is that this picture is unsafe, 0 to 1; `null` or absent where that was not checked. */
  readonly unsafe?: number | null;
}

/** Where a C2PA manifest of a picture is: in its file, at an address that the file names, or in a picture that it was made from. */
export type ManifestMark = "embedded" | "linked" | "earlier";

/** What a picture's file says of how the picture came about; nobody vouches for it. */
export interface PictureMarks {
  /** Of the IPTC NewsCodes, such as `digitalCapture`; `null` where nothing is said. */
  readonly digitalSourceType: string | null;
  readonly manifest: ManifestMark | null;
}

/** What the files of an edit's results say. */
export interface ResultMarks {
  /** `trainedAlgorithmicMedia` where the picture was wholly made so, else `compositeWithTrainedAlgorithmicMedia`. */
  readonly digitalSourceType: string;
  /** What the picture that was edited carried. */
  readonly input: PictureMarks;
}

/** PEM files that results are signed with by C2PA, absolute: a private key, and its certificate before those that vouch for it. */
export interface SigningFiles {
  readonly keyFile: string;
  readonly certificatesFile: string;
}

/** What an operator has results marked with, beside what their files say in XMP. */
export interface MarkSettings {
  /** `null`: results are not signed. */
  readonly signing: SigningFiles | null;
  /** The key of the invisible mark; `null`: none is put in. */
  readonly watermark: string | null;
}

/** What a picture was found to carry. */
export interface CheckedMarks {
  readonly digitalSourceType: string | null;
  /** Its XMP is that of a result of this program, or of what was made from one. */
  readonly isResult: boolean;
  /** `state` and `generator` are of a manifest in the file that can be read. */
  readonly manifest: {
    readonly where: ManifestMark;
    readonly state: "Invalid" | "Valid" | "Trusted" | null;
    readonly generator: string | null;
  } | null;
  readonly watermark: {
    readonly isFound: boolean;
    /** A picture without it looks so with at most this probability. */
    readonly falseAlarm: number;
    /** Where it is strongest, in pixels of the upright picture; `null` where it was not found. */
    readonly box: Box | null;
  };
}

/** What the safety model was, and what it made of the source picture. */
export interface SafetyReport {
  readonly model: string;
  /** From this probability on a picture counts as unsafe. */
  readonly threshold: number;
  /** How probable it is that the source is unsafe, 0 to 1. */
  readonly input: number;
}

/** What `edit.json` holds. */
export interface EditResult {
  /** `sha256` is of the upright 8-bit sRGB reference (RGB, or RGBA with alpha), row-major. */
  readonly image: {
    readonly file: string;
    readonly width: number;
    readonly height: number;
    readonly sha256: string;
  };
  readonly prompt: string;
  /**
   * `confidence` is how probable it is that the noun is what is meant, 0 to 1; 1 when given. `from` is `none` where the
   * picture seems to show no noun of the pack: then `text` is empty, and losses have no direction.
   */
  readonly source: {
    readonly text: string;
    readonly from: "given" | "found" | "none";
    readonly confidence: number;
  };
  readonly pack: string;
  readonly inpainter: string;
  readonly device: string;
  readonly seed: number;
  readonly settings: EditSettings & { readonly negative: string };
  /** Absent in stored results of before: `regions`. */
  readonly method?: MethodName;
  /** What of the picture may have changed. Absent in stored results of before: `box`. */
  readonly edited?: "box" | "whole picture";
  /** What chose the boxes: the name that was asked for, `given` where the box was, or `simulated`. Absent in stored results of before: `network`. */
  readonly chooser?: string;
  /** What was painted by a model that knows classes and no sentences, and how sure it is that the prompt means it, 0 to 1. `null` or absent: others. */
  readonly painted?: { readonly class: string; readonly confidence: number } | null;
  /** The network that said from the start what losses to expect of the boxes; `null` where none did. */
  readonly network: { readonly version: string; readonly sha256: string } | null;
  readonly anchors: readonly Anchor[];
  readonly proposals: readonly PaintedProposal[];
  readonly results: readonly RankedResult[];
  /** Paintings made as drafts and in full, and all work in full paintings (steps spent / steps of one). */
  readonly calls: { readonly drafts: number; readonly full: number; readonly equivalent: number };
  readonly warnings: readonly Warning[];
  /** `null` where nothing was checked; absent in stored results of before. */
  readonly safety?: SafetyReport | null;
  /** Absent in stored results of before. */
  readonly marks?: ResultMarks;
  readonly milliseconds: {
    readonly load: number;
    readonly features: number;
    readonly learn: number;
    readonly paint: number;
    readonly rank: number;
    readonly total: number;
  };
}

/** A tiny preview: `rgb` holds `side * side * 3` bytes, row-major. */
export interface Thumbnail {
  readonly side: number;
  readonly rgb: Uint8Array;
}

export interface ProgressCount {
  readonly version: 1;
  readonly stepsDone: number;
  readonly stepsTotal: number;
  /** `null` until enough was measured to say. */
  readonly secondsLeft: number | null;
  /** In every report from when it stands. */
  readonly first?: FirstResult;
  /** In every report from when one stands; the latest. */
  readonly preview?: Preview;
}

/** A result as it is told before the edit is over. */
export type StandingResult = Required<
  Pick<RankedResult, "anchor" | "box" | "file" | "scores" | "losses" | "unsafe">
>;

/** The most promising box, painted in full before the others: its picture lies in the job's folder until all are ranked. */
export interface FirstResult extends StandingResult {
  /** The safety check found it unsafe, or the source, most of which it shows. */
  readonly isUnsafe: boolean;
}

/** A draft that is shown while an edit learns: a small picture in the job's folder until the edit is over. */
export interface Preview {
  readonly file: string;
  /** As of `FirstResult`. */
  readonly isUnsafe: boolean;
}

/** What a worker tells while it works; stored with the job and shown by every front. */
export type Progress = ProgressCount &
  (
    | { readonly phase: "loading" }
    | {
        readonly phase: "features";
        /** `[row][column]`, one value a patch. */
        readonly attention: readonly (readonly number[])[];
        readonly anchors: readonly Anchor[];
        /** `[anchor][proposal]`. */
        readonly proposals: readonly (readonly Box[])[];
      }
    | {
        readonly phase: "round";
        readonly round: number;
        /** `[anchor][proposal]`; a loss is `null` while unknown. */
        readonly probabilities: readonly (readonly number[])[];
        readonly losses: readonly (readonly (number | null)[])[];
      }
    | {
        readonly phase: "painting";
        readonly quality: "draft" | "full";
        readonly anchors: readonly number[];
        readonly step: number;
        readonly steps: number;
      }
    | {
        readonly phase: "draft";
        readonly anchor: number;
        readonly proposal: number;
        readonly thumbnail: Thumbnail;
      }
    /** `share` of the box in which the painting is kept, above 0 to 1. */
    | { readonly phase: "mask"; readonly anchor: number | null; readonly share: number }
    /** A result stands: `rank` is `null` for the first, which stands before the others are painted. */
    | ({ readonly phase: "result"; readonly rank: number | null } & StandingResult)
    | { readonly phase: "done" }
  );
