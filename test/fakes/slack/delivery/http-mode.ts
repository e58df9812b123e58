import { createHmac, randomUUID } from "node:crypto";
import type { Json } from "../types.ts";
import type { World } from "../world/world.ts";
import type { Attempt, Outcome, Transport } from "./delivery.ts";

/** Signed requests to the app's own endpoint. https://docs.slack.dev/authentication/verifying-requests-from-slack */
export interface HttpMode extends Transport {
  /** The app's endpoint, such as `http://127.0.0.1:3000/slack/events`; `null` for Socket Mode. */
  url: string | null;
  /** All requests so far, as they were sent. */
  readonly sent: SignedRequest[];
  /** True where the endpoint answers the challenge, as Slack wants it before it sends events. */
  verifyUrl(): Promise<boolean>;
  /** Sends an earlier request again, byte by byte; the last one by default. */
  replay(request?: SignedRequest): Promise<number>;
}

export interface SignedRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export function createHttpMode(world: World): HttpMode {
  const sent: SignedRequest[] = [];
  const mode: HttpMode = {
    url: null,
    sent,
    retryReasons: {
      acknowledged: "",
      timeout: "http_timeout",
      closed: "connection_failed",
      "no-connection": "connection_failed",
      refused: "http_error",
    },
    send,
    async verifyUrl() {
      const challenge = randomUUID();
      const body = { token: world.verificationToken, challenge, type: "url_verification" };
      const response = await post(sign("application/json", JSON.stringify(body), {}));
      const text = await response.text();
      return response.status === 200 && text.includes(challenge);
    },
    async replay(request = sent.at(-1)) {
      if (request === undefined) throw new Error("Expected an earlier request to replay, got none");
      const response = await post(request);
      await response.arrayBuffer();
      return response.status;
    },
  };
  return mode;

  async function send(attempt: Attempt): Promise<Outcome> {
    const { contentType, body } = encode(attempt);
    const request = sign(contentType, body, attempt);
    sent.push(request);
    let isOver = false;
    const deadline = new Promise<Outcome>((resolve) => {
      world.timers.after(world.settings.ackTimeout, () => {
        isOver = true;
        resolve({ kind: "timeout" });
      });
    });
    const answer = post(request).then(outcomeOf, (): Outcome => ({ kind: "closed" }));
    void answer.then(({ kind }) => {
      if (isOver && kind === "acknowledged") attempt.onLate();
    });
    return await Promise.race([answer, deadline]);
  }

  function sign(
    contentType: string,
    body: string,
    { retry = null, disturbance = {} }: Partial<Attempt>,
  ): SignedRequest {
    // Real time: the app compares it with its own clock.
    const timestamp = String(Math.floor(Date.now() / 1000) - (disturbance.stale ?? 0));
    const secret = disturbance.wrongSignature === true ? "somebody else's secret" : world.signingSecret;
    const signature = createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex");
    const headers = {
      "content-type": contentType,
      "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": `v0=${signature}`,
      ...(retry === null
        ? {}
        : { "x-slack-retry-num": String(retry.attempt), "x-slack-retry-reason": retry.reason }),
    };
    return { headers, body };
  }

  async function post(request: SignedRequest): Promise<Response> {
    if (mode.url === null) throw new Error("Expected the URL of the app's endpoint, got none: set http.url");
    return await fetch(mode.url, { method: "POST", headers: request.headers, body: request.body });
  }
}

function encode({ type, payload }: Attempt): { readonly contentType: string; readonly body: string } {
  if (type === "events_api") return { contentType: "application/json", body: JSON.stringify(payload) };
  const fields: Json = type === "interactive" ? { payload: JSON.stringify(payload) } : payload;
  const form = new URLSearchParams();
  for (const [key, value] of Object.entries(fields)) form.append(key, String(value));
  return { contentType: "application/x-www-form-urlencoded", body: form.toString() };
}

async function outcomeOf(response: Response): Promise<Outcome> {
  const text = await response.text();
  if (response.status !== 200) {
    const noRetry = response.headers.get("x-slack-no-retry") === "1";
    return { kind: "refused", status: response.status, noRetry };
  }
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return { kind: "acknowledged", body: isJson ? JSON.parse(text) : text === "" ? undefined : { text } };
}
