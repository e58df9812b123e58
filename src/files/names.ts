/** A part of a key: no dot at its beginning, so that none is `.`, `..` or hidden. */
const part = "[A-Za-z0-9][A-Za-z0-9._-]{0,99}";
const jobPattern = new RegExp(`^${part}$`);
const filePattern = new RegExp(`^${part}(?:/${part}){0,3}$`);

/**
 * The key of a job's files, with a slash at its end.
 * @throws RangeError of a name that could lead elsewhere
 */
export function keyOfJob(job: string): string {
  if (!jobPattern.test(job))
    throw new RangeError(`Expected the name of a job, got ${JSON.stringify(job.slice(0, 200))}.`);
  return `jobs/${job}/`;
}

/**
 * The key of one file of a job.
 * @throws RangeError of names that could lead elsewhere
 */
export function keyOfFile(job: string, name: string): string {
  const folder = keyOfJob(job);
  if (!filePattern.test(name))
    throw new RangeError(`Expected the name of a file, got ${JSON.stringify(name.slice(0, 200))}.`);
  return folder + name;
}
