import { type Task, type Urgency, urgencies } from "./task.ts";

/** What is put into the queues, as far as they look at it. */
export interface Queued {
  readonly task: Pick<Task, "channel" | "urgency">;
}

/** What waits for its turn, by channel and urgency, in the order it came. A channel whose task runs is busy. */
export function createTaskQueues<Entry extends Queued>() {
  const channels = new Map<string, { isBusy: boolean; readonly waiting: Record<Urgency, Set<Entry>> }>();

  function channelOf({ task }: Entry) {
    const { name } = task.channel;
    const waiting = { result: new Set<Entry>(), progress: new Set<Entry>(), position: new Set<Entry>() };
    const channel = channels.get(name) ?? { isBusy: false, waiting };
    channels.set(name, channel);
    return channel;
  }

  return {
    add: (entry: Entry) => void channelOf(entry).waiting[entry.task.urgency].add(entry),
    remove: (entry: Entry) => void channelOf(entry).waiting[entry.task.urgency].delete(entry),
    /** The next one of each channel that is not busy, while it is walked through. */
    *firstOfChannels(urgency: Urgency): Generator<Entry> {
      for (const { isBusy, waiting } of channels.values()) {
        const [first] = waiting[urgency];
        if (first && !isBusy) yield first;
      }
    },
    occupy(entry: Entry): void {
      const channel = channelOf(entry);
      channel.waiting[entry.task.urgency].delete(entry);
      channel.isBusy = true;
    },
    free(name: string): void {
      const channel = channels.get(name);
      if (!channel) return;
      channel.isBusy = false;
      if (urgencies.every((each) => channel.waiting[each].size === 0)) channels.delete(name);
    },
  };
}
