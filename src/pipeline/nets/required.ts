import { EditError } from "../../errors.ts";

/**
 * A value that is there in every sound network. Where it is not, the network is built or run wrongly, which a value in its
 * place would only hide.
 * @param what What is expected, as in `Expected ..., got none.`
 * @throws EditError `internal`
 */
export function required<T>(value: T | null | undefined, what: string): T {
  if (value !== null && value !== undefined) return value;
  throw new EditError("internal", `Expected ${what}, got none.`);
}
