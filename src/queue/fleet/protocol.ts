import { z } from "zod";
import { errorCodes } from "../../errors.ts";
import type { Progress } from "../../types.ts";

// What bots and the hosts of their lanes tell each other through Redis. Both ends check every message by these schemas.

/** What both ends must have alike: it grows whenever an older end would misread a message. */
export const protocolVersion = 1;

/** Every key and channel in Redis begins so; BullMQ's keys of a lane are `lrbot:HOST/DEVICE:...`. */
export const keyPrefix = "lrbot";

/** A host's name, such as `gpu1`. */
export const hostNamePattern = /^[a-z0-9][a-z0-9.-]{0,39}$/;

/** Keys and channels. */
export const keys = {
  /** A set: names of hosts that were there lately. */
  hosts: `${keyPrefix}:hosts`,
  /** What a host told last; expires when it tells nothing more. */
  host: (host: string) => `${keyPrefix}:host:${host}`,
  /** A set: runs that a host is to stop. */
  cancelled: (host: string) => `${keyPrefix}:host:${host}:cancelled`,
  /** A channel: what a host is told at once. */
  toHost: (host: string) => `${keyPrefix}:host:${host}:orders`,
  /** A channel: what a bot is told of its runs. */
  toBot: (bot: string) => `${keyPrefix}:bot:${bot}`,
} as const;

/** The name of a lane's queue in BullMQ, which takes no colons. */
export function queueNameOf(lane: string): string {
  return lane.replaceAll(":", ".");
}

const packVersion = z.object({ name: z.string().max(100), version: z.string().max(100) });
export type PackVersion = z.infer<typeof packVersion>;

/** A run's own name: no two runs have the same, of one job neither. It names its files and its place in BullMQ. */
const run = z.string().regex(/^[a-z0-9]{1,20}-[a-z0-9]{1,20}-[a-z0-9]{1,20}$/);

/** One edit for a lane. The picture and what comes of it go by the file store. */
export const jobMessageSchema = z.object({
  protocol: z.int(),
  bot: z.string().regex(/^[a-z0-9]{1,20}$/),
  run,
  pack: packVersion,
  /** As `parseEditRequest` takes it. */
  request: z.unknown(),
});
export type JobMessage = z.infer<typeof jobMessageSchema>;

/** How a run ended on its host; `result` has put `edit.json` and all that this names into the file store. */
export const answerSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("result") }),
  z.object({
    kind: z.literal("failure"),
    code: z.enum(errorCodes),
    message: z.string().max(10_000),
    setting: z.string().max(100).nullable(),
  }),
  z.object({ kind: z.literal("given-back") }),
]);
export type Answer = z.infer<typeof answerSchema>;

/** What a host tells of itself once a second. */
export const beatSchema = z.object({
  protocol: z.int(),
  name: z.string().regex(hostNamePattern),
  /** Of the process: another one of the same host has another. */
  instance: z.string().max(40),
  /** Of the program. */
  version: z.string().max(40),
  isDraining: z.boolean(),
  checksSafety: z.boolean(),
  lanes: z
    .array(
      z.object({
        device: z.string().max(40),
        packs: z.array(packVersion).max(100),
        memoryBytes: z.number().nullable(),
        /** The run that has the device. */
        run: z.string().max(100).nullable(),
      }),
    )
    .max(1000),
});
export type Beat = z.infer<typeof beatSchema>;

/** `round`, `painting` ... */
const phases = ["loading", "features", "round", "painting", "draft", "mask", "result", "done"] as const;
/** As far as the bot relies on it; the rest is shown as it came. */
const progressSchema = z.custom<Progress>(
  (value) =>
    z
      .looseObject({
        version: z.literal(1),
        phase: z.enum(phases),
        stepsDone: z.number(),
        stepsTotal: z.number(),
        secondsLeft: z.number().nullable(),
      })
      .safeParse(value).success,
);

/** Names of files that a run may have beside its source, for bots that write them to a disk. */
export const runFilePattern =
  /^(first-result|(result|overlay|mask|draft|preview)-\d{1,4}(-\d{1,4})?)\.(png|rgb|jpg)$/;

/** What a host tells a bot of a run: progress in the order in which it came, and that there is an answer. */
export const toBotSchema = z.object({
  run,
  events: z
    .array(
      z.object({
        progress: progressSchema,
        /** Bytes of a draft's preview, which are a picture: its file. */
        thumbnail: z.string().regex(runFilePattern).optional(),
      }),
    )
    .max(1000),
  hasEnded: z.boolean(),
});
export type ToBot = z.infer<typeof toBotSchema>;

/** What a bot tells a host at once; the set of `keys.cancelled` tells the same to one that did not hear it. */
export const toHostSchema = z.object({ cancel: run });
export type ToHost = z.infer<typeof toHostSchema>;

/** Intervals of the fleet, milliseconds. */
export interface FleetTimings {
  /** How long a lane holds a job without a sign of life, before BullMQ counts it as stalled. */
  readonly lock: number;
  /** From one of BullMQ's looks for stalled jobs to the next. */
  readonly stalledCheck: number;
  /** From one sign of life of a host to the next. */
  readonly beat: number;
  /** How long a host counts as there after its last sign of life. */
  readonly life: number;
  /** From one look of a bot at a run in BullMQ to the next, where nothing is told of it. */
  readonly look: number;
}

export const standardTimings: FleetTimings = {
  lock: 10_000,
  stalledCheck: 5000,
  beat: 1000,
  life: 6000,
  look: 5000,
};
