/** What happened to a job: the store has it already. */
export interface JobChange {
  readonly job: string;
  readonly kind: "waiting" | "running" | "progress" | "posting";
}
