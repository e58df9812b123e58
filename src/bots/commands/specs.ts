// Every command once, without a platform: Discord registers them from here, Slack parses `/lrbot ...` by them, `/help` lists
// them. What they say is in the catalogues (`src/locales/`) under `command.NAME` and `option.NAME`.

export interface CommandSpec {
  /** As typed; a subcommand follows a space: `admin pause`. */
  readonly name: string;
  readonly options: readonly OptionSpec[];
  /** Offered to admins alone; the code checks it again. */
  readonly isForAdmins: boolean;
}

export interface OptionSpec {
  readonly name: string;
  readonly kind: "text" | "whole" | "flag" | "picture" | "member" | "group" | "channel" | "choice";
  readonly isRequired: boolean;
  /** Of `choice`. */
  readonly choices?: readonly string[];
  /** Of `whole`: both ends are allowed. */
  readonly range?: readonly [number, number];
  /** Of `text`. */
  readonly maxLength?: number;
}

const text = (name: string, maxLength: number, isRequired = false): OptionSpec => ({
  name,
  kind: "text",
  maxLength,
  isRequired,
});
const whole = (name: string, range: readonly [number, number]): OptionSpec => ({
  name,
  kind: "whole",
  range,
  isRequired: false,
});
const option = (name: string, kind: OptionSpec["kind"], isRequired = false): OptionSpec => ({
  name,
  kind,
  isRequired,
});
const choice = (name: string, choices: readonly string[], isRequired = true): OptionSpec => ({
  name,
  kind: "choice",
  choices,
  isRequired,
});
const admin = (name: string, ...options: OptionSpec[]): CommandSpec => ({
  name: `admin ${name}`,
  options,
  isForAdmins: true,
});
const member = (name: string, ...options: OptionSpec[]): CommandSpec => ({
  name,
  options,
  isForAdmins: false,
});

export const commandSpecs: readonly CommandSpec[] = [
  member(
    "edit",
    text("prompt", 1000, true),
    option("image", "picture", true),
    text("source", 100),
    whole("seed", [0, 2 ** 32 - 1]),
    option("overlay", "flag"),
    option("private", "flag"),
  ),
  member("queue"),
  member("help"),
  member("forget"),
  admin("queue"),
  admin("pause", text("lane", 50)),
  admin("resume", text("lane", 50)),
  admin("cancel", text("job", 40), option("member", "member"), option("all", "flag")),
  admin("move", text("job", 40, true)),
  admin("drain"),
  admin(
    "limits",
    whole("waiting", [0, 1000]),
    whole("per_day", [0, 100_000]),
    option("member", "member"),
    option("group", "group"),
    option("clear", "flag"),
  ),
  admin("block", option("member", "member", true)),
  admin("unblock", option("member", "member", true)),
  admin("channels", choice("do", ["list", "allow", "deny", "everywhere"]), option("channel", "channel")),
  admin("words", choice("do", ["list", "add", "remove"]), text("word", 100)),
  admin("safety", choice("do", ["show", "off", "spoiler", "refuse"])),
  admin("audit", whole("last", [1, 50])),
];

/** The name of the message command. */
export const messageActionName = "Edit this image";
