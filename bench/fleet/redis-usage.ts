import type { Redis } from "ioredis";

/** What Redis says of itself, since it began. */
export interface RedisUsage {
  /** Those within scripts are counted too. */
  readonly commands: number;
  readonly cpuMilliseconds: number;
  readonly networkBytes: number;
  readonly memoryBytes: number;
  readonly connections: number;
}

export async function usageOf(client: Redis): Promise<RedisUsage> {
  const text = await client.info();
  const value = (name: string) => Number(new RegExp(`^${name}:([0-9.]+)`, "m").exec(text)?.[1] ?? Number.NaN);
  return {
    commands: value("total_commands_processed"),
    cpuMilliseconds: 1000 * (value("used_cpu_user") + value("used_cpu_sys")),
    networkBytes: value("total_net_input_bytes") + value("total_net_output_bytes"),
    memoryBytes: value("used_memory"),
    connections: value("connected_clients"),
  };
}
