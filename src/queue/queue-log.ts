/** Where the operator reads what happened; no prompt and no secret goes there. */
export type QueueLog = (
  level: "debug" | "info" | "warn" | "error",
  text: string,
  details?: Readonly<Record<string, unknown>>,
) => void;
