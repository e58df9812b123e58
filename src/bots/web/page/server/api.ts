import { csrfHeader } from "../../protocol/constants.ts";
import type { Problem, Session } from "../../protocol.ts";

/** A refusal of the server, in words for the person, or that no answer came (`unreachable`). */
export class ServerProblem extends Error {
  override readonly name = "ServerProblem";
  /** A code of the program, or `unreachable`. */
  readonly code: string;

  constructor(code: string, text: string) {
    super(text);
    this.code = code;
  }
}

/** Requests to the server. Each rejects with a `ServerProblem`. */
export interface Api {
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  /** Sends a picture's bytes. `onShare` is told how much of it is sent, 0 to 1. */
  upload<T>(path: string, file: Blob, onShare: (share: number) => void): Promise<T>;
  /** Goes with every request that changes something. Another tab may have been given another one since: it is asked for anew. */
  setToken(csrf: string): void;
}

export function createApi(): Api {
  let token = "";

  async function call<T>(path: string, init: RequestInit): Promise<T> {
    let response: Response;
    try {
      response = await fetch(path, { credentials: "same-origin", ...init });
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw unreachable();
    }
    const body: unknown = await response.json().catch(() => null);
    if (!response.ok) throw problemOf(body);
    return body as T;
  }

  /** Once more with a new token where the server does not know this one. */
  async function withToken<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ServerProblem) || error.code !== "request-refused") throw error;
      token = (await call<Pick<Session, "csrf">>("/api/session", {})).csrf;
      return ask();
    }
  }

  return {
    setToken(csrf) {
      token = csrf;
    },
    get: (path, signal) => call(path, signal ? { signal } : {}),
    post: (path, body) =>
      withToken(() =>
        call(path, {
          method: "POST",
          headers: { "content-type": "application/json", [csrfHeader]: token },
          body: JSON.stringify(body),
        }),
      ),
    upload: (path, file, onShare) => withToken(() => send(path, file, onShare)),
  };

  // `fetch` tells nothing of how far an upload is.
  function send<T>(path: string, file: Blob, onShare: (share: number) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open("POST", path);
      request.responseType = "json";
      request.setRequestHeader("content-type", "application/octet-stream");
      request.setRequestHeader(csrfHeader, token);
      request.upload.addEventListener("progress", ({ loaded, total }) =>
        onShare(total === 0 ? 1 : loaded / total),
      );
      request.addEventListener("load", () =>
        request.status < 400 ? resolve(request.response) : reject(problemOf(request.response)),
      );
      request.addEventListener("error", () => reject(unreachable()));
      request.send(file);
    });
  }
}

function problemOf(body: unknown): ServerProblem {
  const { code, text } = (body ?? {}) as Partial<Problem>;
  return new ServerProblem(code ?? "internal", text ?? "");
}

function unreachable(): ServerProblem {
  return new ServerProblem("unreachable", "");
}
