/**
 * How often a series of kills or interrupts strikes: 3 times, which proves an installation; `LRBOT_TEST_KILLS=10` is what a change
 * must pass (`.ci/run`), and more finds what is rare.
 */
export const kills = countOf(process.env.LRBOT_TEST_KILLS ?? "3");

/** A series of none would pass without a kill. */
function countOf(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new RangeError(`Expected LRBOT_TEST_KILLS to be a whole number of 1 to 9999, got "${text}".`);
}
