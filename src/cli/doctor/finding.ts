import { EditError } from "../../errors.ts";

/** What `lrbot doctor` found of one thing. `note` is worth knowing and stops nothing. */
export interface Finding {
  readonly check: string;
  readonly state: "ok" | "note" | "broken";
  readonly says: string;
  /** The one command, or step, that mends it. */
  readonly mend: string | null;
}

/**
 * A check that tells in a sentence what is well, or throws what is not.
 * @param mend The step that mends it, by what was thrown.
 * @throws EditError `cancelled`; whatever has no code
 */
export async function findingOf(
  check: string,
  look: () => Promise<string>,
  mend: (error: EditError) => string,
): Promise<Finding> {
  try {
    return { check, state: "ok", says: await look(), mend: null };
  } catch (error) {
    if (!(error instanceof EditError) || error.code === "cancelled") throw error;
    return { check, state: "broken", says: error.message, mend: mend(error) };
  }
}
