/** Ids of events that were handled, so that a platform's redelivery does nothing. */
export interface EventLog {
  /** True the first time. */
  isNew(id: string, now: number): Promise<boolean>;
}
