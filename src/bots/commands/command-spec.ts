// What is said of a command without running it: Discord registers these, Slack reads `/lrbot ...` by them, `/help` lists
// them. Their descriptions are in the catalogues (`src/locales/`) under `command.NAME` and `option.NAME`.

/** How a command is called, and who may use it. */
export interface CommandSpec {
  /** As typed; a subcommand follows a space: `admin pause`. */
  readonly name: string;
  readonly options: readonly OptionSpec[];
  /** Offered to admins alone, and run for nobody else. */
  readonly isForAdmins: boolean;
  /** An admin's command that admins may give to moderators. False by default. */
  readonly isDelegable?: boolean;
}

/** An option of a command: its name, and what may stand in it. */
export type OptionSpec = {
  readonly name: string;
  /** False by default. */
  readonly isRequired?: boolean;
  /** Stands for the name where it is typed with two dashes: `no`, for `--no people`. Default: the name. */
  readonly word?: string;
  /** Given by its name alone: what is typed without one is never taken for it. Default false. */
  readonly isNamed?: boolean;
} & (
  | {
      readonly kind: "text";
      /** Characters that a member can type. Who handles a prompt tells in its own words that it is too long. */
      readonly maxLength: number;
      /** One word, of which these can be listed; others may stand there too. */
      readonly known?: readonly string[];
    }
  | {
      readonly kind: "whole";
      /** Both ends are allowed. */
      readonly range: readonly [number, number];
    }
  | { readonly kind: "choice"; readonly choices: readonly string[] }
  /** Off where it is left out; where it `isOpen`, what is set for the place or the member decides then. */
  | { readonly kind: "flag"; readonly isOpen?: boolean }
  /** Comes with the event's pictures; whoever handles the command asks for a missing one. */
  | { readonly kind: "picture" }
  /** Stands as its id. */
  | { readonly kind: IdKind }
);

/** What is named by an id of the platform. */
export type IdKind = "member" | "group" | "channel";

/** The entry in the menu of a message, where it is not translated. */
export const messageActionName = "Edit this image";

/** The other entry there. */
export const markCheckName = "Was this edited?";

/** How a command is typed: `admin words <list|add|remove> [word]`. */
export function usageOf({ name, options }: CommandSpec): string {
  return [name, ...options.filter(({ kind }) => kind !== "picture").map(usageOfOption)].join(" ");
}

/** `<job>` where it is required, else `[waiting:0–1000]`. */
export function usageOfOption(option: OptionSpec): string {
  return option.isRequired === true ? `<${formOf(option)}>` : `[${formOf(option)}]`;
}

function formOf(option: OptionSpec): string {
  switch (option.kind) {
    case "choice":
      return option.choices.join("|");
    case "whole":
      return `${option.name}:${option.range[0]}–${option.range[1]}`;
    case "member":
      return `${option.name}:@name`;
    case "group":
      return `${option.name}:@group`;
    case "channel":
      return `${option.name}:#channel`;
    default:
      return option.name;
  }
}
