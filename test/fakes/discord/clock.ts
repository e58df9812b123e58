/** The fake's time, in milliseconds since 1970: real time plus whatever a test has let pass. */
export interface Clock {
  now(): number;
  /** Lets time pass at once: tokens and links expire, messages grow old. Rate limits keep to real time. */
  advance(milliseconds: number): void;
}

export function createClock(): Clock {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    advance(milliseconds) {
      offset += milliseconds;
    },
  };
}

const discordEpoch = 1_420_070_400_000n;

/** Ids that grow and carry the time of their making, as Discord's do. */
export function createSnowflakes(clock: Clock): () => string {
  let last = 0n;
  return () => {
    const now = (BigInt(clock.now()) - discordEpoch) << 22n;
    last = now > last ? now : last + 1n;
    return last.toString();
  };
}

/** A snowflake of that instant, for ids that a test wants in the past. */
export function snowflakeAt(milliseconds: number): string {
  return ((BigInt(milliseconds) - discordEpoch) << 22n).toString();
}
