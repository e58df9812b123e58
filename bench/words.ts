/** The value of the word `--name=value`. */
export function optionOf(args: readonly string[], name: string): string | undefined {
  return args.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
}

/** The words that are none of `--name=value` for these names. */
export function wordsBeside(args: readonly string[], names: readonly string[]): string[] {
  return args.filter((word) => !names.some((name) => word.startsWith(`--${name}=`)));
}
