/** A modal that was sent and is still open: Slack waits for the first of these. */
export interface Submission {
  /** Takes what was filled in. */
  close(): Promise<void>;
  /** Leaves it open with texts beside its fields, by their block ids; false where it was closed before. */
  refuse(texts: Readonly<Record<string, string>>): Promise<boolean>;
}

/** Slack shows a failure after three seconds; what takes longer than this is told by a message. */
const openMilliseconds = 2000;

/** https://docs.slack.dev/surfaces/modals#displaying_errors */
export function createSubmission(
  acknowledge: (body?: {
    readonly response_action: "errors";
    readonly errors: Record<string, string>;
  }) => Promise<void>,
): Submission {
  let answered: Promise<void> | null = null;
  const answer = (body?: Parameters<typeof acknowledge>[0]) => {
    clearTimeout(timer);
    answered = acknowledge(body);
    return answered;
  };
  const timer = setTimeout(() => void answer().catch(() => {}), openMilliseconds).unref();
  return {
    async close() {
      await (answered ?? answer());
    },
    async refuse(texts) {
      if (answered) return false;
      await answer({ response_action: "errors", errors: { ...texts } });
      return true;
    },
  };
}
