import type { OperatorCommandRequest } from "../../protocol.ts";

/** Runs an admin's command, and shows what it said. */
export type Run = (name: string, options?: OperatorCommandRequest["options"]) => Promise<void>;
