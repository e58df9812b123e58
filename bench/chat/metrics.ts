/** What a running bot says of itself since its metrics were last read. */
export interface Metrics {
  readonly eventLoopP50Ms: number;
  readonly eventLoopP99Ms: number;
  readonly eventLoopMaxMs: number;
  readonly residentMegabytes: number;
  /** Processor time of the whole life. */
  readonly cpuSeconds: number;
}

export async function readMetrics(url: string): Promise<Metrics> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = (name: string) => {
    const line = text.split("\n").find((each) => each.startsWith(`${name} `));
    return Number(line?.slice(name.length + 1) ?? Number.NaN);
  };
  const delay = (quantile: string) => 1000 * value(`lrbot_event_loop_delay_seconds{quantile="${quantile}"}`);
  return {
    eventLoopP50Ms: delay("0.5"),
    eventLoopP99Ms: delay("0.99"),
    eventLoopMaxMs: delay("1"),
    residentMegabytes: value("process_resident_memory_bytes") / 1e6,
    cpuSeconds: value("process_cpu_seconds_total"),
  };
}
