import { isIP } from "node:net";
import { resolve } from "node:path";
import { config as loadDotenv } from "dotenv";
import { z } from "zod";
import { expandDevices, findGpus, type Gpus } from "./devices.ts";
import { EditError } from "./errors.ts";
import { s3Secrets, s3SettingsOf, s3Variables } from "./files/settings.ts";
import { attachmentHosts } from "./media/hosts.ts";
import { packageFolder } from "./package-folder.ts";
import { exampleOf, remoteKinds, remoteVariables } from "./pipeline/inpainters/remote/kinds.ts";
import { isServer, remoteServersOf, secretsOfServer } from "./pipeline/inpainters/remote/servers.ts";
import {
  type DiscordShards,
  type MarkSettings,
  type MethodName,
  methodNames,
  type RemoteServer,
  type S3Settings,
} from "./types.ts";

/** How much is logged; each level includes those after it. */
export const logLevels = ["debug", "info", "warn", "error", "silent"] as const;
export type LogLevel = (typeof logLevels)[number];

/** Everybody knows it, so everybody can look for the mark. */
const publicWatermarkKey = "made with learnable-regions-bot";

const noGpus: Gpus = { count: 0, driver: null, hasProvider: false };
const devicePattern = /^(auto|none|cpu|webgpu|cuda(:\d{1,3})?|simulated:[1-9]\d{0,2})$/;

const text = z.string().optional();
const hosts = (defaults: readonly string[]) =>
  z
    .string()
    .default(defaults.join(","))
    .transform((value) => commaSeparated(value).map((host) => host.toLowerCase()));
const whole = (standard: number, least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/)
    .default(String(standard))
    .transform(Number)
    .refine((value) => value >= least && value <= most);
const port = (standard: number) => whole(standard, 0, 65_535);
const admins = z
  .string()
  .default("")
  .transform(commaSeparated)
  .refine((list) => list.every((admin) => /^[a-z]+:[A-Za-z0-9]+$/.test(admin)));
const listenAddress = z
  .string()
  .default("127.0.0.1")
  .refine((value) => isIP(value) !== 0 || value === "localhost");
const devices = z
  .string()
  .default("auto")
  .transform(commaSeparated)
  .refine((list) => list.length > 0 && list.every((device) => devicePattern.test(device)))
  .refine((list) => areDistinct(expandDevices(list, noGpus)))
  .refine((list) => !list.includes("none") || list.length === 1);
const redisAddress = z
  .string()
  .refine((value) => /^rediss?:$/.test(URL.canParse(value) ? new URL(value).protocol : ""));
const names = z
  .string()
  .default("")
  .transform(commaSeparated)
  .refine((list) => list.every((name) => /^[a-z0-9][a-z0-9-]*$/.test(name)) && areDistinct(list));
/** `ink=/srv/ink.safetensors@0.8` */
const styleForm = /^([a-z0-9][a-z0-9-]{0,39})=(.+?)(?:@(-?\d{1,2}(?:\.\d{1,4})?))?$/;
const styles = z
  .string()
  .default("")
  .transform(commaSeparated)
  .refine((list) => list.every((each) => styleForm.test(each)))
  .transform((list) =>
    list.map((each) => {
      const [, name = "", file = "", scale = "1"] = styleForm.exec(each) ?? [];
      return { name, file, scale: Number(scale) };
    }),
  )
  .refine((list) => areDistinct(list.map(({ name }) => name)) && list.every(({ name }) => name !== "none"));
const methods = z
  .string()
  .default("")
  .transform(commaSeparated)
  .pipe(z.array(z.enum(methodNames)))
  .refine(areDistinct);
const inpainters = z
  .string()
  .default("")
  .transform(commaSeparated)
  .refine((list) => list.every(isServer) && areDistinct(list));
const shards = z
  .string()
  .regex(/^(auto|\d{1,5}(-\d{1,5})?\/\d{1,5})$/)
  .default("auto")
  .transform(shardsOf)
  .refine((value) => value === "auto" || (value.first <= value.last && value.last < value.count));
const address = z.url({ protocol: /^https?$/ }).optional();
const hub = z.url({ protocol: /^(https?|file)$/ }).default("https://huggingface.co");

/** Each variable: how it is read, and what docs/settings.md says of it. */
const schema = z.object({
  DISCORD_TOKEN: text.describe("token of the Discord bot"),
  DISCORD_API_URL: address.describe(
    "another root of Discord's REST interface, without version, such as `http://127.0.0.1:1234/api`",
  ),
  DISCORD_CDN_HOSTS: hosts(attachmentHosts.discord).describe(
    "hosts that Discord attachments may come from, separated by commas",
  ),
  DISCORD_SHARDS: shards.describe(
    "which shards this process serves: `auto`, all of them, or `0-3/8`, the first four of eight, see [docs/discord.md](docs/discord.md#several-processes) (`auto`)",
  ),
  DISCORD_USER_INSTALLS: z
    .enum(["on", "off"])
    .default("off")
    .describe(
      "`on` lets people add the bot to their own account and use it where it is in no server, see [docs/discord.md](docs/discord.md#people-who-bring-it-along) (`off`)",
    ),
  DISCORD_USER_LIMIT_WAITING: whole(1, 0, 10_000).describe(
    "jobs that one member may have waiting when they ask for one there, 0 to 10000, and never more than elsewhere (1)",
  ),
  DISCORD_USER_LIMIT_PER_DAY: whole(10, 0, 100_000).describe(
    "jobs that one member may have ordered in a day when they ask for one there, 0 to 100000, and never more than elsewhere (10)",
  ),
  SLACK_BOT_TOKEN: text.describe("bot token of the Slack app (`xoxb-...`)"),
  SLACK_APP_TOKEN: text.describe("app token (`xapp-...`): Slack in Socket Mode"),
  SLACK_SIGNING_SECRET: text.describe("signing secret: Slack over HTTP"),
  SLACK_API_URL: address.describe("another root of Slack's Web API"),
  SLACK_FILE_HOSTS: hosts(attachmentHosts.slack).describe(
    "hosts that Slack files may come from, separated by commas",
  ),
  SLACK_HOST: listenAddress.describe(
    "IP address that Slack's HTTP mode listens on (`127.0.0.1`): what Slack reaches is a proxy that speaks HTTPS",
  ),
  SLACK_PORT: port(3000).describe(
    "port of Slack's HTTP mode, path `/slack/events` (3000); 0 picks a free one and logs it",
  ),
  LRBOT_ALLOW_LOOPBACK: z
    .enum(["0", "1"])
    .default("0")
    .describe("1 lets attachments come from this machine, for tests; warned about at start"),
  LRBOT_DATA: z
    .string()
    .default(resolve(packageFolder, "data"))
    .describe("data folder, with model packs in its `packs/` (`data/` beside package.json)"),
  LRBOT_PACK: z.string().default("mini").describe("model pack (`mini`)"),
  LRBOT_PACKS: names.describe(
    "packs that members may choose among, in place of `LRBOT_PACK`, the first where none is chosen, such as `sd15-inpaint,mini`, see [docs/packs.md](docs/packs.md#several-packs-and-styles); unset, `LRBOT_PACK` alone",
  ),
  LRBOT_STYLES: styles.describe(
    "LoRAs that members may choose by a name of yours, each `NAME=FILE` or `NAME=FILE@SCALE`, separated by commas, see [docs/packs.md](docs/packs.md#several-packs-and-styles); unset, none",
  ),
  HF_ENDPOINT: hub.describe(
    "where model packs are pulled from: `https://huggingface.co`, another server of the same interface, or a folder such as `file:///srv/mirror` (`https://huggingface.co`)",
  ),
  HF_TOKEN: text.describe(
    "token of a Hugging Face account, for packs that ask for one; sent to `HF_ENDPOINT` alone",
  ),
  LRBOT_SAFETY_MODEL: text.describe(
    "folder of a classifier that checks pictures for what is unsafe, see [docs/safety.md](docs/safety.md); unset, nothing is checked",
  ),
  LRBOT_C2PA_KEY: text.describe(
    "PEM file of a private key that signs results by C2PA, see [docs/marks.md](docs/marks.md#signing-by-c2pa); unset, nothing is signed",
  ),
  LRBOT_C2PA_CERTIFICATES: text.describe(
    "PEM file of that key's certificate, followed by those that vouch for it, the root left out or not",
  ),
  LRBOT_WATERMARK: z
    .enum(["on", "off"])
    .default("on")
    .describe(
      "`off` puts no invisible mark into what is painted, see [docs/marks.md](docs/marks.md#the-invisible-mark) (`on`)",
    ),
  LRBOT_WATERMARK_KEY: z
    .string()
    .default(publicWatermarkKey)
    .describe(
      `text that the invisible mark is made from and found by; with one of your own, only who knows it finds it (\`${publicWatermarkKey}\`)`,
    ),
  LRBOT_REFUSE_UNDRESSING: z
    .enum(["on", "off"])
    .default("on")
    .describe(
      "`off` takes prompts that ask to undress people, see [docs/safety.md](docs/safety.md#undressing-people) (`on`)",
    ),
  LRBOT_DEVICES: devices.describe(
    "where networks run: `auto` (every NVIDIA GPU once `npm run setup:cuda` has run, else the CPU), `cpu`, `cuda:0,cuda:1`, `webgpu`, or `simulated:8`, which is eight devices that paint flat colours, to try out load; `none` leaves all to other hosts (`auto`)",
  ),
  LRBOT_FLEET_REDIS: redisAddress
    .optional()
    .describe(
      "address of the Redis server by which lanes of other hosts are reached, such as `rediss://user:password@redis.example.org:6379`, see [docs/fleet.md](docs/fleet.md)",
    ),
  LRBOT_FLEET_REDIS_CA: text.describe(
    "file with the certificate of the authority that signed the Redis server's, where Node.js does not know it",
  ),
  LRBOT_FLEET_FILES: text.describe(
    "where pictures travel between the bot and other hosts: a shared folder such as `file:///srv/lrbot`, or `s3://bucket/prefix`",
  ),
  LRBOT_INPAINTERS: inpainters.describe(
    `servers that paint for packs without networks of their own, a lane each, such as \`${remoteKinds.map(exampleOf).join()}\`, see [docs/remote.md](docs/remote.md)`,
  ),
  ...remoteVariables,
  ...s3Variables,
  LRBOT_INPAINTER_TIMEOUT: whole(600, 10, 86_400).describe(
    "seconds that a server may take for one painting, its own queue included, 10 to 86400 (600)",
  ),
  LRBOT_LOAD_TIMEOUT: whole(600, 10, 86_400).describe(
    "seconds that a worker may take to load its pack and warm up, before it is ended and the job tried again, 10 to 86400 (600)",
  ),
  LRBOT_ADMINS: admins.describe(
    "members who are admins everywhere, such as `discord:123,slack:U1`; they alone steer what all communities share; where it is not set, the admins of the only one that is served",
  ),
  LRBOT_KEEP_DAYS: whole(7, 1, 3650).describe("days that pictures are kept, 1 to 3650 (7)"),
  LRBOT_KEEP_TEXT_DAYS: whole(90, 1, 3650).describe(
    "days that finished jobs are kept with what was typed for them, 1 to 3650, and never less than their pictures (90)",
  ),
  LRBOT_LEARN: z
    .enum(["on", "off"])
    .default("off")
    .describe(
      "`on` keeps features and losses of each edit (no picture, no text, no person) for `lrbot learn`, see [docs/operating.md](docs/operating.md#learning-from-edits) (`off`)",
    ),
  LRBOT_STUDY_SETS: text.describe(
    "folder of sets whose results people compare by `/study`, see [docs/study.md](docs/study.md); unset, there are none",
  ),
  LRBOT_LIMIT_WAITING: whole(5, 1, 10_000).describe("jobs that one member may have waiting, 1 to 10000 (5)"),
  LRBOT_LIMIT_PER_DAY: whole(50, 1, 100_000).describe(
    "jobs that one member may order in a day, 1 to 100000 (50)",
  ),
  LRBOT_UPSCALER: text.describe(
    "name of an upscaler that servers in `LRBOT_INPAINTERS` have, such as `R-ESRGAN 4x+` or the file of a model, see [docs/remote.md](docs/remote.md); unset, results have no button *Upscale*",
  ),
  LRBOT_MAX_UPLOAD_MB: whole(25, 1, 200).describe("largest picture file that is taken, in MB, 1 to 200 (25)"),
  LRBOT_METHODS: methods.describe(
    "what members may choose to edit with, the first where none is chosen, such as `regions,diffedit`, see [docs/methods.md](docs/methods.md); unset, the pack's own way and no choice",
  ),
  LRBOT_FIRST_RESULT: z
    .enum(["0", "1"])
    .default("1")
    .describe(
      "0 keeps first results back until an edit is over, where each upload to a chat costs; 1 shows them while the others are painted (1)",
    ),
  LRBOT_PREVIEWS: z
    .enum(["0", "1"])
    .default("1")
    .describe(
      "0 shows no drafts while a region is learned, where each upload to a chat costs; 1 shows the first and then better ones, small, in the job's message, one in 5 seconds at most (1)",
    ),
  LRBOT_AI_LABEL: z
    .enum(["on", "off"])
    .default("on")
    .describe(
      "`off` leaves out of messages with a result that it was edited by AI, see [docs/law.md](docs/law.md) (`on`)",
    ),
  LRBOT_HOST: listenAddress.describe("IP address that health and metrics listen on (`127.0.0.1`)"),
  LRBOT_PORT: port(8080).describe("port of health and metrics (8080); 0 picks a free one and logs it"),
  LRBOT_WEB: z
    .enum(["on", "off"])
    .default("on")
    .describe("`off` serves no page, see [docs/page.md](docs/page.md) (`on`)"),
  LRBOT_WEB_HOST: listenAddress.describe(
    "IP address that the page listens on (`127.0.0.1`); one that others reach needs `LRBOT_WEB_PASSWORD` or `LRBOT_WEB_USER_HEADER`",
  ),
  LRBOT_WEB_PORT: port(8090).describe("port of the page (8090); 0 picks a free one and prints it"),
  LRBOT_WEB_PASSWORD: z
    .string()
    .min(8)
    .max(200)
    .optional()
    .describe(
      "password that lets people use the page, each under a name of their own, of at least 8 characters",
    ),
  LRBOT_WEB_USER_HEADER: z
    .string()
    .regex(/^[A-Za-z0-9-]{1,60}$/)
    .optional()
    .describe("header in which a proxy says who somebody is, such as `X-Forwarded-User`"),
  LRBOT_WEB_PROXIES: z
    .string()
    .default("")
    .transform(commaSeparated)
    .refine((list) => list.every((address) => isIP(address) !== 0))
    .describe("IP addresses of proxies whose headers are believed, separated by commas"),
  LRBOT_WEB_ORIGIN: z
    .url({ protocol: /^https?$/ })
    .transform((url) => new URL(url).origin)
    .optional()
    .describe("address that people open where it has a name of its own, such as `https://edit.example.org`"),
  LRBOT_WEB_ROOM: z
    .enum(["own", "shared"])
    .default("own")
    .describe(
      "`shared` adds a room in which everybody sees what is asked for there; `own` keeps everybody's to themselves (`own`)",
    ),
  LRBOT_LOG: z
    .enum(logLevels)
    .default("info")
    .describe("log level: `debug`, `info`, `warn`, `error` or `silent` (`info`)"),
});

type VariableName = keyof typeof schema.shape;

/** Variables that are never handed to a worker, never printed, and not left where other processes could read them. */
export const secretVariables: readonly string[] = [
  ...([
    "DISCORD_TOKEN",
    "SLACK_BOT_TOKEN",
    "SLACK_APP_TOKEN",
    "SLACK_SIGNING_SECRET",
    "HF_TOKEN",
    "LRBOT_WATERMARK_KEY",
    "LRBOT_FLEET_REDIS",
    "LRBOT_WEB_PASSWORD",
  ] satisfies VariableName[]),
  ...remoteKinds.flatMap((kind) => kind.secrets),
  ...s3Secrets,
];

/** Every environment variable that is read, with its meaning: the table of docs/settings.md holds these rows. */
export const configVariables: readonly { readonly name: string; readonly means: string }[] = Object.freeze(
  Object.entries(schema.shape).map(([name, field]) => ({ name, means: field.description ?? "" })),
);

/** What the environment says. Secrets are `null` where unset. */
export interface Config {
  readonly discord: {
    readonly token: string | null;
    readonly apiUrl: string | null;
    readonly cdnHosts: readonly string[];
    readonly shards: DiscordShards;
    /** What members may ask for where the bot is not; `null`: nothing. */
    readonly userInstalls: { readonly waiting: number; readonly perDay: number } | null;
  };
  readonly slack: {
    readonly botToken: string | null;
    readonly appToken: string | null;
    readonly signingSecret: string | null;
    readonly apiUrl: string | null;
    readonly fileHosts: readonly string[];
    /** Where HTTP mode listens. */
    readonly host: string;
    readonly port: number;
  };
  readonly allowLoopback: boolean;
  /** Absolute. */
  readonly dataFolder: string;
  /** Folders that packs are looked for in; the first that has one wins. */
  readonly packRoots: readonly string[];
  /** What edits are painted with where no other pack is chosen. */
  readonly pack: string;
  /** Packs that members may choose among; the first is `pack`. */
  readonly packs: readonly string[];
  /** LoRAs by the operator's names, each an absolute path. */
  readonly styles: readonly { readonly name: string; readonly file: string; readonly scale: number }[];
  /** Where packs are pulled from; http, https or file. */
  readonly hub: { readonly endpoint: string; readonly token: string | null };
  /** How S3-compatible storage is reached, where an address of it is used. */
  readonly s3: S3Settings;
  /** Absolute folder of the model that checks pictures; `null` where nothing is checked. */
  readonly safetyModel: string | null;
  /** Prompts that ask to undress people are refused. */
  readonly refusesUndressing: boolean;
  /** What results are marked with beside XMP. */
  readonly marks: MarkSettings;
  /** What invisible marks are looked for by, also where none are put in. */
  readonly watermarkKey: string;
  readonly devices: readonly string[];
  /** One device for each lane: `devices` expanded. */
  readonly lanes: readonly string[];
  /** Servers that paint, in the order of their lanes. */
  readonly inpainters: readonly RemoteServer[];
  /** Lanes on other hosts: addresses, `null` where there is none. */
  readonly fleet: {
    /** A secret. */
    readonly redis: string | null;
    /** Absolute path of a certificate. */
    readonly redisAuthority: string | null;
    readonly files: string | null;
  };
  /** How long a worker may take to load its pack. */
  readonly loadTimeoutSeconds: number;
  /** `platform:id` of members who are admins everywhere; where there are any, they alone steer lanes. */
  readonly admins: readonly string[];
  /** Days that pictures are kept. */
  readonly keepDays: number;
  /** Days that jobs are kept, with what was typed for them. */
  readonly keepTextDays: number;
  /** Losses of edits are kept, for `lrbot learn`. */
  readonly keepsLosses: boolean;
  /** Absolute folder of sets for studies; `null` where there are none. */
  readonly studySets: string | null;
  /** Jobs of one member, where no admin of the place has set others. */
  readonly limits: { readonly waiting: number; readonly perDay: number };
  readonly maxUploadBytes: number;
  /** What members may edit with, the first where none is chosen; empty where the pack decides. */
  readonly methods: readonly MethodName[];
  /** What servers make results larger with; `null` for nothing. */
  readonly upscaler: string | null;
  /** A job's message shows its first result while the others are painted. */
  readonly showsFirst: boolean;
  /** A job's message shows drafts while its region is learned. */
  readonly showsPreviews: boolean;
  /** Messages with a result say that it was edited by AI. */
  readonly saysAi: boolean;
  /** Where health and metrics listen. */
  readonly host: string;
  readonly port: number;
  /** The page; `null` where none is served. */
  readonly web: WebConfig | null;
  readonly logLevel: LogLevel;
  /** Environment of worker processes: of this process's own what the system, Node.js and their libraries read, and nothing else. */
  readonly workerEnvironment: Readonly<Record<string, string>>;
}

/** Where the page is served, and for whom. */
export interface WebConfig {
  readonly host: string;
  readonly port: number;
  /** How people are told apart: one on this machine, by a name and the password, or by a proxy's header. */
  readonly access:
    | { readonly kind: "alone" }
    | { readonly kind: "password"; readonly password: string }
    | { readonly kind: "proxy"; readonly header: string };
  /** Addresses of proxies whose headers are believed. */
  readonly proxies: readonly string[];
  readonly origin: string | null;
  readonly isShared: boolean;
}

/**
 * Reads the environment and `.env` of the folder (the environment wins); an empty variable counts as unset.
 * @throws EditError `usage` naming the variable
 */
export function loadConfig(
  options: { environment?: NodeJS.ProcessEnv; folder?: string; gpus?: Gpus } = {},
): Config {
  const folder = options.folder ?? process.cwd();
  const environment = { ...(options.environment ?? process.env) };
  loadDotenv({ path: resolve(folder, ".env"), processEnv: environment, quiet: true });
  const values = parseVariables(environment);
  const dataFolder = resolve(folder, values.LRBOT_DATA);
  return deepFreeze({
    discord: {
      token: values.DISCORD_TOKEN ?? null,
      apiUrl: values.DISCORD_API_URL ?? null,
      cdnHosts: values.DISCORD_CDN_HOSTS,
      shards: values.DISCORD_SHARDS,
      userInstalls:
        values.DISCORD_USER_INSTALLS === "on"
          ? { waiting: values.DISCORD_USER_LIMIT_WAITING, perDay: values.DISCORD_USER_LIMIT_PER_DAY }
          : null,
    },
    slack: {
      botToken: values.SLACK_BOT_TOKEN ?? null,
      appToken: values.SLACK_APP_TOKEN ?? null,
      signingSecret: values.SLACK_SIGNING_SECRET ?? null,
      apiUrl: values.SLACK_API_URL ?? null,
      fileHosts: values.SLACK_FILE_HOSTS,
      host: values.SLACK_HOST,
      port: values.SLACK_PORT,
    },
    allowLoopback: values.LRBOT_ALLOW_LOOPBACK === "1",
    dataFolder,
    packRoots: [resolve(packageFolder, "models"), resolve(dataFolder, "packs")],
    pack: values.LRBOT_PACKS[0] ?? values.LRBOT_PACK,
    packs: values.LRBOT_PACKS.length > 0 ? values.LRBOT_PACKS : [values.LRBOT_PACK],
    styles: values.LRBOT_STYLES.map((style) => ({ ...style, file: resolve(folder, style.file) })),
    hub: { endpoint: values.HF_ENDPOINT.replace(/\/+$/, ""), token: values.HF_TOKEN ?? null },
    s3: s3SettingsOf(values),
    safetyModel: values.LRBOT_SAFETY_MODEL === undefined ? null : resolve(folder, values.LRBOT_SAFETY_MODEL),
    refusesUndressing: values.LRBOT_REFUSE_UNDRESSING === "on",
    marks: {
      signing: signingOf(values, folder),
      watermark: values.LRBOT_WATERMARK === "on" ? values.LRBOT_WATERMARK_KEY : null,
    },
    watermarkKey: values.LRBOT_WATERMARK_KEY,
    devices: values.LRBOT_DEVICES,
    lanes: expandDevices(values.LRBOT_DEVICES, options.gpus ?? findGpus()),
    inpainters: remoteServersOf({
      servers: values.LRBOT_INPAINTERS,
      timeoutSeconds: values.LRBOT_INPAINTER_TIMEOUT,
      variables: z.object(remoteVariables).parse(values),
      folders: { working: folder, models: resolve(packageFolder, "models") },
    }),
    fleet: {
      redis: values.LRBOT_FLEET_REDIS ?? null,
      redisAuthority:
        values.LRBOT_FLEET_REDIS_CA === undefined ? null : resolve(folder, values.LRBOT_FLEET_REDIS_CA),
      files: values.LRBOT_FLEET_FILES ?? null,
    },
    loadTimeoutSeconds: values.LRBOT_LOAD_TIMEOUT,
    admins: values.LRBOT_ADMINS,
    keepDays: values.LRBOT_KEEP_DAYS,
    keepTextDays: values.LRBOT_KEEP_TEXT_DAYS,
    keepsLosses: values.LRBOT_LEARN === "on",
    studySets: values.LRBOT_STUDY_SETS === undefined ? null : resolve(folder, values.LRBOT_STUDY_SETS),
    limits: { waiting: values.LRBOT_LIMIT_WAITING, perDay: values.LRBOT_LIMIT_PER_DAY },
    maxUploadBytes: values.LRBOT_MAX_UPLOAD_MB * 1e6,
    methods: values.LRBOT_METHODS,
    upscaler: values.LRBOT_UPSCALER ?? null,
    showsFirst: values.LRBOT_FIRST_RESULT === "1",
    showsPreviews: values.LRBOT_PREVIEWS === "1",
    saysAi: values.LRBOT_AI_LABEL === "on",
    host: values.LRBOT_HOST,
    port: values.LRBOT_PORT,
    web: webOf(values),
    logLevel: values.LRBOT_LOG,
    workerEnvironment: workerEnvironment(environment),
  });
}

/** @throws EditError `usage` of a page that anybody who reaches it could use, or that would believe anybody's header */
function webOf(values: z.infer<typeof schema>): WebConfig | null {
  if (values.LRBOT_WEB === "off") return null;
  const { LRBOT_WEB_PASSWORD: password, LRBOT_WEB_USER_HEADER: header, LRBOT_WEB_HOST: host } = values;
  const { LRBOT_WEB_PROXIES: proxies } = values;
  if (header !== undefined && proxies.length === 0)
    throw new EditError(
      "usage",
      "Expected LRBOT_WEB_PROXIES to name the proxy of LRBOT_WEB_USER_HEADER, got none.",
    );
  if (header !== undefined && password !== undefined)
    throw new EditError("usage", "Expected LRBOT_WEB_PASSWORD or LRBOT_WEB_USER_HEADER, got both.");
  const isLoopback = host === "localhost" || host === "::1" || host.startsWith("127.");
  if (!isLoopback && password === undefined && header === undefined)
    throw new EditError(
      "usage",
      `Expected LRBOT_WEB_PASSWORD or LRBOT_WEB_USER_HEADER for a page that others reach at ${host} (LRBOT_WEB_HOST), got neither.`,
    );
  return {
    ...{ host, port: values.LRBOT_WEB_PORT, proxies, isShared: values.LRBOT_WEB_ROOM === "shared" },
    access:
      header !== undefined
        ? { kind: "proxy", header }
        : password !== undefined
          ? { kind: "password", password }
          : { kind: "alone" },
    origin: values.LRBOT_WEB_ORIGIN ?? null,
  };
}

/** @throws EditError `usage` of a key without certificates, or certificates without a key */
function signingOf(values: z.infer<typeof schema>, folder: string): MarkSettings["signing"] {
  const { LRBOT_C2PA_KEY: key, LRBOT_C2PA_CERTIFICATES: certificates } = values;
  if (key === undefined && certificates === undefined) return null;
  if (key === undefined || certificates === undefined)
    throw new EditError("usage", "Expected both of LRBOT_C2PA_KEY and LRBOT_C2PA_CERTIFICATES, got one.");
  return { keyFile: resolve(folder, key), certificatesFile: resolve(folder, certificates) };
}

/**
 * Tells libraries in this process, by the environment that they read themselves, to write nothing to the terminal: AWS's client
 * would say that versions to come want a newer Node.js, where a command's failure is to be one line.
 */
export function silenceLibraries(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
}

/** The configured secrets themselves, for whoever has to keep them out of what is written. */
export function secretsOf({ discord, slack, hub, s3, web, inpainters: servers, fleet }: Config): string[] {
  return [
    web?.access.kind === "password" ? web.access.password : null,
    discord.token,
    slack.botToken,
    slack.appToken,
    slack.signingSecret,
    hub.token,
    s3.keys?.secret || null,
    s3.keys?.sessionToken ?? null,
    fleet.redis === null ? null : passwordOf(fleet.redis),
    ...servers.flatMap(secretsOfServer),
  ].filter((secret) => secret !== null);
}

/** Of an address; `null` where it has none. */
export function passwordOf(address: string): string | null {
  return URL.canParse(address) ? decodeURIComponent(new URL(address).password) || null : null;
}

function parseVariables(environment: NodeJS.ProcessEnv): z.infer<typeof schema> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()));
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const name = String(parsed.error.issues[0]?.path[0]);
  const described = configVariables.find((variable) => variable.name === name)?.means;
  // A link of the settings' page is its words here.
  const means = described?.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  // An address may carry a password.
  const isSecret = secretVariables.includes(name) || given[name]?.includes("@");
  const value = isSecret ? "something else" : JSON.stringify(given[name]);
  throw new EditError("usage", `Expected ${name} to be as documented (${means}), got ${value}.`, {
    cause: parsed.error,
  });
}

/**
 * What child processes get of the environment: where things lie and which language it is; what Node.js, the C library, CUDA,
 * Vulkan and the libraries of networks and pictures read. Secrets of whatever name are not among them.
 */
const keptVariables = new RegExp(
  `^(${[
    "PATH|HOME|USER|LOGNAME|LANG|LANGUAGE|LC_.*|TZ|TMPDIR|TMP|TEMP|XDG_.*|SSL_CERT_FILE|SSL_CERT_DIR",
    "NODE_(OPTIONS|PATH|EXTRA_CA_CERTS|NO_WARNINGS)|UV_THREADPOOL_SIZE|LD_.*|DYLD_.*|MALLOC_.*|GLIBC_TUNABLES",
    "CUDA.*|CUDNN.*|NVIDIA_.*|NCCL_.*|TF_.*|ORT_.*|OMP_.*|KMP_.*|GOMP_.*|MKL_.*|OPENBLAS_.*|VIPS_.*",
    "VK_.*|DAWN_.*|MESA_.*|LIBGL_.*|DISPLAY|WAYLAND_DISPLAY",
    "SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES",
  ].join("|")})$`,
  "i",
);

/**
 * TensorFlow would otherwise take all of a GPU's memory from ONNX Runtime, and write to the terminal. ONNX Runtime
 * would report to its makers what is run, keep an identifier of the machine in the home folder, and leave logs in the
 * temporary one (https://github.com/microsoft/onnxruntime/pull/27379).
 */
function workerEnvironment(environment: NodeJS.ProcessEnv): Record<string, string> {
  const kept = Object.entries(environment).flatMap(([name, value]) =>
    value !== undefined && keptVariables.test(name) ? [[name, value] as const] : [],
  );
  return {
    ...Object.fromEntries(kept),
    TF_FORCE_GPU_ALLOW_GROWTH: "true",
    TF_CPP_MIN_LOG_LEVEL: "2",
    ORT_DISABLE_TELEMETRY: "1",
    // glibc would keep what opening a network needed for a while: a fifth more for Stable Diffusion's UNet.
    MALLOC_MMAP_THRESHOLD_: String(2 ** 20),
  };
}

function shardsOf(value: string): DiscordShards {
  if (value === "auto") return value;
  const [range = "", count] = value.split("/");
  const [first, last = first] = range.split("-");
  return { first: Number(first), last: Number(last), count: Number(count) };
}

function areDistinct(list: readonly string[]): boolean {
  return new Set(list).size === list.length;
}

function commaSeparated(value: string): string[] {
  return value
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);
}

function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === "object") {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
