import type { FakeMessage, Id, Json } from "../types.ts";
import type { World } from "./world.ts";

/** One interaction, from the member's doing to the last answer. */
export interface FakeInteraction {
  readonly id: Id;
  readonly token: string;
  /** 2 command, 3 component, 5 modal submit. */
  readonly type: number;
  /** 1 slash, 3 message command; `null` for components and modals. */
  readonly commandType: number | null;
  readonly userId: Id;
  readonly channelId: Id;
  /** The message with the component. */
  readonly sourceId: Id | null;
  /** Authorized by a member's installation alone: five follow-ups. */
  readonly isOutside: boolean;
  /** The fake's clock. */
  readonly createdAt: number;
  /** Real time, monotonic. */
  readonly startedAt: number;
  ack: Acknowledgement | null;
  /** The modal of an answer of type 9. */
  modal: Json | null;
  /** What `@original` names. */
  originalId: Id | null;
  /** Messages that were made through this interaction, the original first. */
  readonly replyIds: Id[];
}

export interface Acknowledgement {
  readonly type: number;
  readonly data: Json;
  /** Milliseconds of real time since the interaction was sent. */
  readonly milliseconds: number;
}

export interface InteractionBook {
  readonly all: FakeInteraction[];
  /** Callbacks that came after the deadline, or a second time. */
  readonly late: { readonly interaction: FakeInteraction; readonly milliseconds: number }[];
  open(interaction: NewInteraction): FakeInteraction;
  byToken(token: string): FakeInteraction | undefined;
  acknowledge(interaction: FakeInteraction, type: number, data: Json): void;
  /** Resolves with the acknowledgement, or with `null` after that many milliseconds. */
  acknowledged(interaction: FakeInteraction, within: number): Promise<Acknowledgement | null>;
  replies(interaction: FakeInteraction): FakeMessage[];
}

export type NewInteraction = Pick<
  FakeInteraction,
  "type" | "commandType" | "userId" | "channelId" | "sourceId" | "isOutside"
>;

export function createInteractionBook(world: World): InteractionBook {
  const all: FakeInteraction[] = [];
  const byToken = new Map<string, FakeInteraction>();
  const waiting = new Map<FakeInteraction, (ack: Acknowledgement) => void>();
  return {
    all,
    late: [],
    open(content) {
      const id = world.nextId();
      const interaction: FakeInteraction = {
        ...content,
        id,
        token: `aW50ZXJhY3Rpb246${id}:${Buffer.from(`token of ${id}`).toString("base64url")}`,
        createdAt: world.clock.now(),
        startedAt: performance.now(),
        ack: null,
        modal: null,
        originalId: null,
        replyIds: [],
      };
      all.push(interaction);
      byToken.set(interaction.token, interaction);
      return interaction;
    },
    byToken: (token) => byToken.get(token),
    acknowledge(interaction, type, data) {
      interaction.ack = { type, data, milliseconds: performance.now() - interaction.startedAt };
      waiting.get(interaction)?.(interaction.ack);
    },
    acknowledged(interaction, within) {
      if (interaction.ack) return Promise.resolve(interaction.ack);
      return new Promise((resolve) => {
        const settle = (ack: Acknowledgement | null) => {
          clearTimeout(timer);
          waiting.delete(interaction);
          resolve(ack);
        };
        const timer = setTimeout(() => settle(null), within);
        waiting.set(interaction, settle);
      });
    },
    replies: (interaction) =>
      interaction.replyIds.flatMap((id) => {
        const message = world.messages.get(id);
        return message && message.deletedAt === null ? [message] : [];
      }),
  };
}
