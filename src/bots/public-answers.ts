import type { MentionEvent } from "./context.ts";

// A mention is answered where everybody reads it, so whoever mentions the bot makes it speak. That has a budget.

/**
 * Answers to mentions in a minute: to one member, and in one channel with its threads. Where more are asked for and the
 * platform can show something to one member alone, so many more to each.
 */
export const publicAnswers = { seconds: 60, ofMember: 3, inChannel: 6, alone: 5 } as const;

export interface PublicAnswers {
  /** The event with answers that are said while there is room for them, after that to the member alone, and then dropped. */
  limited(event: MentionEvent): MentionEvent;
}

/** `now` is monotonic, in milliseconds; `onSilence` hears of each answer that is dropped. */
export function createPublicAnswers(
  now: () => number,
  onSilence: (event: MentionEvent) => void,
): PublicAnswers {
  /** When the answers of the last minute were given, by whom they went to and where. */
  const given = new Map<string, readonly number[]>();

  function hasRoom(keys: readonly (readonly [key: string, most: number])[]): boolean {
    const since = now() - publicAnswers.seconds * 1000;
    for (const [key, times] of given) {
      const left = times.filter((time) => time > since);
      if (left.length === 0) given.delete(key);
      else given.set(key, left);
    }
    if (keys.some(([key, most]) => (given.get(key)?.length ?? 0) >= most)) return false;
    for (const [key] of keys) given.set(key, [...(given.get(key) ?? []), now()]);
    return true;
  }

  return {
    limited(event) {
      const { place, member, respond } = event;
      // Between two there is nobody else to be spared.
      if (place.isDirect) return event;
      const keys = [
        [`member ${place.platform} ${member.id}`, publicAnswers.ofMember],
        [`channel ${place.platform} ${place.parent ?? place.channel}`, publicAnswers.inChannel],
      ] as const;
      const aloneKeys = [[`alone ${place.platform} ${member.id}`, publicAnswers.alone]] as const;
      return {
        ...event,
        respond: {
          get isAlive() {
            return respond.isAlive;
          },
          acknowledge: () => respond.acknowledge(),
          acknowledgeSilently: () => respond.acknowledgeSilently(),
          openModal: (modal) => respond.openModal(modal),
          refuseFields: (texts) => respond.refuseFields(texts),
          async say(message) {
            if (hasRoom(keys)) await respond.say(message);
            else if (respond.sayAlone && hasRoom(aloneKeys)) await respond.sayAlone(message);
            else onSilence(event);
          },
        },
      };
    },
  };
}
