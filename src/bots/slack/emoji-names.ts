/** Slack's names of the emojis that the bot knows. */
const names: Readonly<Record<string, string>> = {
  one: "1️⃣",
  two: "2️⃣",
  three: "3️⃣",
  four: "4️⃣",
  five: "5️⃣",
  six: "6️⃣",
  seven: "7️⃣",
  eight: "8️⃣",
  black_square_button: "🔲",
};

/** In Unicode; `null` for emojis that mean nothing to the bot, and for those with a skin tone. */
export function emojiNamed(name: string): string | null {
  return Object.hasOwn(names, name) ? (names[name] ?? null) : null;
}

/** Slack's name, whether the emoji has its variation selector or not; `null` where the bot knows none. */
export function nameOfEmoji(emoji: string): string | null {
  const plain = withoutSelector(emoji);
  return Object.keys(names).find((name) => withoutSelector(names[name] ?? "") === plain) ?? null;
}

function withoutSelector(emoji: string): string {
  return emoji.replaceAll("\ufe0f", "");
}
