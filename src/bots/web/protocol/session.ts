// Who looks at the page, and what they can do there.

/** `GET /api/session` */
export interface Session {
  /** How people are told apart: one person on this machine, a shared password, or a proxy that says who it is. */
  readonly access: "alone" | "password" | "proxy";
  /** `null`: a name and the password are asked for, and everything else is refused with `not-allowed`. */
  readonly member: SessionMember | null;
  /** Goes into the header `x-lrbot-csrf` of every POST, also of a login. */
  readonly csrf: string;
  /** The chosen language, else the browser's, as far as there is one: `en`, `de`, `fr`. */
  readonly locale: string;
  readonly locales: readonly string[];
  /** The operator's token was given. */
  readonly isOperator: boolean;
  /** Where this person reads and writes; their own comes first. */
  readonly rooms: readonly Room[];
  /** Those that this person may use, in the order of `/help`. */
  readonly commands: readonly PageCommand[];
  readonly maxUploadBytes: number;
  /** Pictures that come with the program. */
  readonly examples: readonly Example[];
  /** Days that pictures are kept. */
  readonly keepDays: number;
  readonly version: string;
}

export interface SessionMember {
  readonly id: string;
  readonly name: string;
  readonly isAdmin: boolean;
}

/** `own` is read by one person, `shared` by everybody who may use the page. */
export interface Room {
  readonly id: string;
  readonly kind: "own" | "shared";
}

export interface Example {
  readonly name: string;
  readonly url: string;
  /** A prompt that suits it. */
  readonly prompt: string;
}

/** A command for completion: texts are in the session's language. */
export interface PageCommand {
  /** Without the slash: `edit`, `admin pause`. */
  readonly name: string;
  readonly description: string;
  readonly options: readonly PageOption[];
}

export interface PageOption {
  /** Typed as `name:value`, a flag by its name alone. A `picture` is not typed but dropped, pasted or chosen. */
  readonly name: string;
  readonly description: string;
  readonly kind: "text" | "whole" | "choice" | "flag" | "picture" | "member" | "group" | "channel";
  readonly isRequired: boolean;
  readonly maxLength: number | null;
  readonly range: readonly [number, number] | null;
  /** Of a `choice` all that there are; of a `text` what can be listed, and others may stand there too. */
  readonly choices: readonly string[];
}
