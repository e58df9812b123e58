import type { JSX } from "preact";
import type { Inline, RichText } from "../../../../locales/rich-text.ts";

/** Text with its form. Nothing of it is ever read as HTML. */
export function RichTextView({
  text,
  names = {},
}: {
  readonly text: RichText;
  /** Of members, by id. */
  readonly names?: Readonly<Record<string, string>>;
}): JSX.Element {
  return (
    <>
      {text.map((part, index) => (
        <Part key={index} part={part} names={names} />
      ))}
    </>
  );
}

function Part({ part, names }: { readonly part: Inline; readonly names: Readonly<Record<string, string>> }) {
  if (typeof part === "string") return <>{part}</>;
  if ("bold" in part) {
    return (
      <b>
        <RichTextView text={part.bold} names={names} />
      </b>
    );
  }
  if ("italic" in part) {
    return (
      <i>
        <RichTextView text={part.italic} names={names} />
      </i>
    );
  }
  if ("code" in part) return <code>{part.code}</code>;
  if ("channel" in part) return <>#{part.channel}</>;
  if ("group" in part) return <>@{part.group}</>;
  const member = "call" in part ? part.call : part.member;
  return <span class="member">@{names[member] ?? member}</span>;
}
