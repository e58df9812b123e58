import { z } from "zod";

// What the page asks the server for. What it is told is in `protocol/`: messages, jobs and their learning, the operator's view.

export * from "./protocol/constants.ts";
export type * from "./protocol/events.ts";
export type * from "./protocol/jobs.ts";
export type * from "./protocol/messages.ts";
export type * from "./protocol/operator.ts";
export type * from "./protocol/session.ts";

const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
/** A file's name, as `gift.png`. */
const exampleName = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
const room = z.string().regex(/^[A-Za-z0-9_.-]{1,80}$/);
/** A whole number of pixels of the upright picture. */
const pixels = z.int().min(0).max(1_000_000);

/** A rectangle that was drawn by hand, in pixels of the upright picture. */
export const boxSchema = z.strictObject({
  left: pixels,
  top: pixels,
  width: pixels.min(1),
  height: pixels.min(1),
});

/** `POST /api/login`, where a password is shared. The name is how others see this person. */
export const loginSchema = z.strictObject({
  name: z.string().trim().min(1).max(40),
  password: z.string().min(1).max(1000),
});

/** `POST /api/operator/login`: the token that was printed at start. */
export const operatorLoginSchema = z.strictObject({ token: z.string().min(1).max(200) });

/** `POST /api/locale`: the language that a person chose. */
export const localeSchema = z.strictObject({
  locale: z.string().regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/),
});

/** `POST /api/uploads/address`: a picture that lies somewhere on the web; https alone. */
export const addressSchema = z.strictObject({ url: z.url({ protocol: /^https$/ }).max(2000) });

/**
 * `POST /api/say`: what was typed. A line that begins with `/` is a command, as it is typed in a chat: `/edit "a big tree"
 * seed:7`; anything else is said to the bot. `picture` is an upload's id, `example` the name of one of the examples; `box` is
 * where to paint, with `/edit` alone.
 */
export const saySchema = z.strictObject({
  room,
  text: z.string().max(4000),
  picture: id.nullable().default(null),
  example: exampleName.nullable().default(null),
  box: boxSchema.nullable().default(null),
  replyTo: id.nullable().default(null),
});

/** `POST /api/press`: a button of a message, of an answer (which is `answer`) or of a job's `actions` (neither). */
export const pressSchema = z.strictObject({
  room,
  button: z.string().min(1).max(100),
  message: id.nullable().default(null),
  answer: id.nullable().default(null),
});

/** `POST /api/forms`: a form that an answer of the server opened, filled in. */
export const formSchema = z.strictObject({
  room,
  form: z.string().min(1).max(100),
  fields: z.record(z.string().max(40), z.union([z.string().max(4000), z.array(z.string().max(100)).max(20)])),
  picture: id.nullable().default(null),
});

/** `POST /api/boxes`: paints a box that was drawn over a job's picture, with its words or with others. */
export const drawnBoxSchema = z.strictObject({
  room,
  job: id,
  box: boxSchema,
  /** `null`: the job's own. */
  prompt: z.string().max(4000).nullable().default(null),
  /** A random one where `null`. */
  seed: z.int().min(0).max(4_294_967_295).nullable().default(null),
});

/** `POST /api/reactions` */
export const reactionSchema = z.strictObject({
  room,
  message: id,
  emoji: z.string().min(1).max(20),
  isAdded: z.boolean(),
});

/** `POST /api/menu`: "Edit this image" of a message, or "Was this edited?". */
export const menuSchema = z.strictObject({
  room,
  message: id,
  action: z.enum(["edit", "marks"]).default("edit"),
});

/** `POST /api/operator/command`: an admin's command, `admin pause`, with its options. */
export const operatorCommandSchema = z.strictObject({
  name: z.string().regex(/^admin [a-z]+$/),
  options: z.record(z.string().max(40), z.union([z.string().max(200), z.number(), z.boolean()])).default({}),
});

export type SayRequest = z.input<typeof saySchema>;
export type PressRequest = z.input<typeof pressSchema>;
export type FormRequest = z.input<typeof formSchema>;
export type DrawnBoxRequest = z.input<typeof drawnBoxSchema>;
export type ReactionRequest = z.input<typeof reactionSchema>;
export type MenuRequest = z.input<typeof menuSchema>;
export type LoginRequest = z.input<typeof loginSchema>;
export type OperatorLoginRequest = z.input<typeof operatorLoginSchema>;
export type LocaleRequest = z.input<typeof localeSchema>;
export type AddressRequest = z.input<typeof addressSchema>;
export type OperatorCommandRequest = z.input<typeof operatorCommandSchema>;
