/**
 * How often a series of kills or interrupts strikes: 3 times, which proves an installation; `LRBOT_TEST_KILLS=10` is what a change
 * must pass (`.ci/run`), and more finds what is rare.
 */
export const kills = Number(process.env.LRBOT_TEST_KILLS ?? 3);
