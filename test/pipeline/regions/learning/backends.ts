import {
  type BackendName,
  backendNames,
  type LearningBackend,
  loadBackend,
} from "../../../../src/pipeline/regions/learning/backend.ts";

/** A backend on this machine, or why it is not there. */
export interface TriedBackend {
  /** The backend's name; where it is missing, followed by the reason, so that a skipped test says why. */
  readonly title: string;
  readonly name: BackendName;
  readonly backend: LearningBackend | null;
}

/** Tries every backend that there is. Only `tensorflow` may be missing: its package is an optional peer. */
export async function tryBackends(): Promise<TriedBackend[]> {
  const tried: TriedBackend[] = [];
  for (const name of backendNames) {
    try {
      tried.push({ title: name, name, backend: await loadBackend([name]) });
    } catch (error) {
      if (name !== "tensorflow") throw error;
      const [reason] = error instanceof AggregateError ? error.errors : [error];
      tried.push({ title: `${name} (not here: ${String(reason).split("\n")[0]})`, name, backend: null });
    }
  }
  return tried;
}

/** The one that a test is run with. */
export function required(backend: LearningBackend | null): LearningBackend {
  if (backend === null) throw new Error("Expected a backend that loads, got none.");
  return backend;
}
