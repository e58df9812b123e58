import type { z } from "zod";
import type { RemoteServer } from "../../../types.ts";
import type { Inpainter } from "../inpainter.ts";

/**
 * All that the product knows of one kind of server that paints. The main process imports these objects for their settings
 * and messages, so nothing that decodes pictures may be loaded before `open` is called.
 */
export interface RemoteKind {
  /** What `LRBOT_INPAINTERS` and `--inpainter` call it, and the first part of its lanes' names. */
  readonly kind: string;
  /** Where such a server listens by default; for examples in messages. */
  readonly port: number;
  /** Environment variables of this kind alone: how each is read, and what the table of settings says of it. */
  readonly variables: Readonly<Record<string, z.ZodType<string | undefined>>>;
  /** Those of `variables` that no worker's environment and no message may hold. */
  readonly secrets: readonly string[];
  /** The whole value of the header `Authorization`; `null` where a server asks for none. */
  authorization(variables: VariableValues): string | null;
  /** The absolute path of the operator's file that says what such a server is to run; `null` where there is none. */
  workflow(variables: VariableValues, folders: WorkflowFolders): string | null;
  /** What must be in order on this machine before anything is asked of a server; `null` where nothing must. */
  readonly localCheck: LocalCheck | null;
  /**
   * Opens the inpainter that paints at a server. Nothing is asked of the server yet: the first painting does.
   * @throws EditError `workflow-invalid`
   */
  open(server: RemoteServer, pack: RemotePainting): Promise<Inpainter>;
  /**
   * Asks a server once whether it could paint, without having it paint.
   * @throws EditError `inpainter-unreachable`, `inpainter-refused`, `cancelled`
   */
  look(server: RemoteServer, options: LookOptions): Promise<RemoteLook>;
  /**
   * Has a server make a picture larger, by an upscaler of its own; gives an encoded picture.
   * @throws EditError `inpainter-unreachable`, `inpainter-refused` where it has none of that name, `out-of-memory`, `cancelled`
   */
  upscale(server: RemoteServer, order: UpscaleOrder): Promise<Uint8Array>;
}

/** A picture that is to be larger. */
export interface UpscaleOrder {
  /** A PNG. */
  readonly picture: Uint8Array;
  /** As the server calls it. */
  readonly upscaler: string;
  /** For all of it, the server's own queue included. */
  readonly milliseconds: number;
  readonly signal: AbortSignal;
}

/** What a pack says of the servers that paint for it. */
export interface RemotePainting {
  /** Side of the frames that are painted best, in pixels. */
  readonly side: number;
  /** The name of a workflow that ships; `null` leaves it to the operator's, or to the one for inpainting checkpoints. */
  readonly workflow: string | null;
}

/** What a server that could paint is. */
export interface RemoteLook {
  /** In a sentence. */
  readonly says: string;
  /** What makes its pictures worse. */
  readonly notes: readonly RemoteNote[];
}

export interface RemoteNote {
  readonly says: string;
  /** The step that mends it. */
  readonly mend: string;
}

/** What the environment says, by the variable's name. */
export type VariableValues = Readonly<Record<string, string | undefined>>;

export interface WorkflowFolders {
  /** What relative paths start from. */
  readonly working: string;
  /** Models that ship with the product, with their workflows. */
  readonly models: string;
}

export interface LocalCheck {
  /** What is checked, in a word. */
  readonly name: string;
  /** The step that mends it. */
  readonly mend: string;
  /**
   * Gives what was found, in a sentence.
   * @throws EditError `workflow-invalid`
   */
  check(server: RemoteServer, workflow: RemotePainting["workflow"]): Promise<string>;
}

export interface LookOptions {
  /** For each answer. */
  readonly milliseconds: number;
  readonly signal: AbortSignal;
  /** As the pack has it. */
  readonly workflow: RemotePainting["workflow"];
}

/** What to look at when a server does not let the bot in, or does not know what it is asked; each a sentence. */
export interface RemoteHints {
  readonly access: string;
  readonly absent: string;
}
