import { monitorEventLoopDelay } from "node:perf_hooks";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What is asked for each time the metrics are read. */
export interface MetricSources {
  readonly waiting: () => number | Promise<number>;
  readonly running: () => number | Promise<number>;
  /** Messages that wait to be sent. */
  readonly outbox: () => number | Promise<number>;
  /** By lane: what it is at. Default: not told of. */
  readonly lanes?: () => Readonly<Record<string, LaneState>>;
  /** By platform: whether its events arrive. */
  readonly connected: () => Readonly<Record<string, boolean>>;
}

/** `refusing` is a lane that takes nothing for a reason of its own, such as that its host is away. */
export type LaneState = "free" | "running" | "paused" | "refusing";

/** How a job ended; `cancelled` and `undeliverable` are no failures of ours. */
export type Outcome = "done" | "failed" | "cancelled" | "undeliverable";

/** The bot's numbers, in Prometheus' text format; names begin with `lrbot_`, those of the process itself do not. */
export interface Metrics extends Disposable {
  /** Of `text`, for HTTP. */
  readonly contentType: string;
  text(): Promise<string>;
  /** A phase of one job took so long: `waiting`, `load`, `features`, `learn`, `paint`, `rank`, `posting`. */
  observePhase(phase: string, seconds: number): void;
  countOutcome(outcome: Outcome): void;
  /** By the error's code. */
  countFailure(code: string): void;
  /** From an event's arrival to its acknowledgement. */
  observeAcknowledgement(milliseconds: number): void;
}

/** A registry of its own, so that two bots in one process do not meet; dispose of it to stop measuring. */
export function createMetrics(sources: MetricSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  addGauge("lrbot_jobs_waiting", "Jobs that wait for a device.", sources.waiting);
  addGauge("lrbot_jobs_running", "Jobs that a device works on.", sources.running);
  addGauge("lrbot_outbox_messages", "Messages and edits that wait to be sent.", sources.outbox);
  addConnections(registers, sources.connected);
  if (sources.lanes) addLanes(registers, sources.lanes);
  const delay = addEventLoopDelay(registers);

  const phases = new Histogram({
    name: "lrbot_job_phase_seconds",
    help: "Seconds that a job spent in a phase.",
    labelNames: ["phase"],
    buckets: [0.1, 0.3, 1, 3, 10, 30, 60, 120, 300, 600, 1800, 3600],
    registers,
  });
  const outcomes = new Counter({
    name: "lrbot_jobs_total",
    help: "Jobs by how they ended.",
    labelNames: ["outcome"],
    registers,
  });
  for (const outcome of ["done", "failed", "cancelled", "undeliverable"]) outcomes.inc({ outcome }, 0);
  const failures = new Counter({
    name: "lrbot_failures_total",
    help: "Failures by code.",
    labelNames: ["code"],
    registers,
  });
  const acknowledgements = new Histogram({
    name: "lrbot_acknowledgement_seconds",
    help: "Seconds from an event's arrival to its acknowledgement.",
    buckets: [0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 5],
    registers,
  });

  function addGauge(name: string, help: string, read: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set(await read());
      },
    });
  }

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    observePhase: (phase, seconds) => phases.observe({ phase }, seconds),
    countOutcome: (outcome) => outcomes.inc({ outcome }),
    countFailure: (code) => failures.inc({ code }),
    observeAcknowledgement: (milliseconds) => acknowledgements.observe(milliseconds / 1000),
    [Symbol.dispose]() {
      delay.disable();
      registry.clear();
    },
  };
}

function addConnections(registers: Registry[], connected: MetricSources["connected"]): void {
  new Gauge({
    name: "lrbot_chat_connected",
    help: "1 while a platform's events arrive.",
    labelNames: ["platform"],
    registers,
    collect() {
      for (const [platform, isConnected] of Object.entries(connected())) {
        this.set({ platform }, Number(isConnected));
      }
    },
  });
}

/** Lanes come and go: what is gone is not told of. */
function addLanes(registers: Registry[], lanes: () => Readonly<Record<string, LaneState>>): void {
  new Gauge({
    name: "lrbot_lane",
    help: "1 for what a lane is at: free, running, paused, refusing.",
    labelNames: ["lane", "state"],
    registers,
    collect() {
      this.reset();
      for (const [lane, state] of Object.entries(lanes())) this.set({ lane, state }, 1);
    },
  });
}

/** How often the event loop is looked at, in milliseconds. */
const resolution = 10;

/** Node measures from one look to the next, so an idle loop shows the resolution: that much is taken off. */
function addEventLoopDelay(registers: Registry[]) {
  const delay = monitorEventLoopDelay({ resolution });
  delay.enable();
  const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - resolution) / 1000;
  new Gauge({
    name: "lrbot_event_loop_delay_seconds",
    help: "How late the event loop was since the metrics were last read.",
    labelNames: ["quantile"],
    registers,
    collect() {
      const isEmpty = delay.count === 0;
      this.set({ quantile: "0.5" }, isEmpty ? 0 : seconds(delay.percentile(50)));
      this.set({ quantile: "0.99" }, isEmpty ? 0 : seconds(delay.percentile(99)));
      this.set({ quantile: "1" }, isEmpty ? 0 : seconds(delay.max));
      delay.reset();
    },
  });
  return delay;
}
