import type { Json } from "../types.ts";
import type { World } from "../world/world.ts";
import { createDisturbances, type Disturbance } from "./disturbances.ts";

export type PayloadType = "events_api" | "slash_commands" | "interactive";

/** How one attempt to hand a payload to the app ended. */
export type Outcome =
  | { readonly kind: "acknowledged"; readonly body: unknown }
  | { readonly kind: "timeout" }
  | { readonly kind: "closed" }
  | { readonly kind: "no-connection" }
  /** `noRetry`: the answer had the header X-Slack-No-Retry. */
  | { readonly kind: "refused"; readonly status: number; readonly noRetry: boolean };

export interface Attempt {
  readonly type: PayloadType;
  readonly payload: Json;
  readonly retry: { readonly attempt: number; readonly reason: string } | null;
  readonly disturbance: Disturbance;
  /** Called when the app acknowledges after the time was up. */
  readonly onLate: () => void;
}

/** Socket Mode or HTTP. */
export interface Transport {
  /** Why an event comes again, in the transport's words. */
  readonly retryReasons: Readonly<Record<Outcome["kind"], string>>;
  send(attempt: Attempt): Promise<Outcome>;
}

/** One attempt as it went, for tests to read. */
export interface DeliveryRecord {
  readonly type: PayloadType;
  readonly payload: Json;
  readonly attempt: number;
  readonly retryReason: string | null;
  readonly sentAt: number;
  outcome: Outcome["kind"] | "pending";
  /** Milliseconds until the acknowledgement, also of one that came too late; `null` while there is none. */
  ackMilliseconds: number | null;
  isLate: boolean;
}

export interface Delivery {
  readonly records: DeliveryRecord[];
  /** Hands an event over in the background, again as Slack does where it is not acknowledged. */
  event(payload: Json): void;
  /** Hands a command or an interaction over, once. */
  interaction(
    type: "slash_commands" | "interactive",
    payload: Json,
  ): Promise<{ readonly outcome: Outcome; readonly milliseconds: number }>;
  /** The next payloads are delivered twice, late, forged or stale. */
  disturb(disturbance: Disturbance & { readonly times?: number; readonly type?: PayloadType }): void;
}

export function createDelivery(world: World, transport: Transport): Delivery {
  const records: DeliveryRecord[] = [];
  const disturbances = createDisturbances();

  return {
    records,
    disturb: disturbances.add,
    event(payload) {
      const disturbance = disturbances.take("events_api");
      void attemptEvent(payload, 0, null, disturbance);
      if (disturbance.duplicate === true) void attemptEvent(payload, 1, "timeout", disturbance);
    },
    async interaction(type, payload) {
      const disturbance = disturbances.take(type);
      const first = attempt(type, payload, 0, null, disturbance);
      if (disturbance.duplicate === true) void attempt(type, payload, 0, null, disturbance);
      return await first;
    },
  };

  async function attemptEvent(
    payload: Json,
    number: number,
    reason: string | null,
    disturbance: Disturbance,
  ): Promise<void> {
    const { outcome } = await attempt("events_api", payload, number, reason, disturbance);
    if (outcome.kind === "acknowledged" || disturbance.duplicate === true) return;
    if (outcome.kind === "refused" && outcome.noRetry) return;
    const wait = world.settings.retryDelays[number];
    if (wait === undefined) return;
    const why = transport.retryReasons[outcome.kind];
    world.timers.after(wait, () => void attemptEvent(payload, number + 1, why, {}));
  }

  async function attempt(
    type: PayloadType,
    payload: Json,
    number: number,
    reason: string | null,
    disturbance: Disturbance,
  ): Promise<{ outcome: Outcome; milliseconds: number }> {
    if (disturbance.delay !== undefined) await pause(disturbance.delay);
    const record: DeliveryRecord = {
      type,
      payload,
      attempt: number,
      retryReason: reason,
      sentAt: world.clock.now(),
      outcome: "pending",
      ackMilliseconds: null,
      isLate: false,
    };
    records.push(record);
    const start = performance.now();
    const outcome = await transport.send({
      type,
      payload: world.settings.tells(type, payload),
      retry: number === 0 ? null : { attempt: number, reason: reason ?? "timeout" },
      disturbance,
      onLate() {
        record.ackMilliseconds = performance.now() - start;
        record.isLate = true;
      },
    });
    record.outcome = outcome.kind;
    if (outcome.kind !== "acknowledged") return { outcome, milliseconds: Number.POSITIVE_INFINITY };
    record.ackMilliseconds = performance.now() - start;
    return { outcome, milliseconds: record.ackMilliseconds };
  }

  function pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => world.timers.after(milliseconds, resolve));
  }
}
