/** True of a text that is an address and nothing else. */
export function isAddress(text: string): boolean {
  return /^https:\/\/\S+$/i.test(text) && URL.canParse(text);
}
