import { createServer } from "node:http";
import { type Clock, createClock } from "./clock.ts";
import { createGateway, type GatewayControls } from "./delivery/gateway.ts";
import { type Cdn, listen, startCdn, stopServer } from "./http/cdn.ts";
import { createFaults, type Fault, type InjectedFault } from "./http/faults.ts";
import { createRest } from "./http/rest.ts";
import type { Context, RequestRecord, Violation } from "./payloads/context.ts";
import { applicationRoutes } from "./routes/application.ts";
import { interactionRoutes } from "./routes/interactions.ts";
import { messageRoutes } from "./routes/messages.ts";
import { placeRoutes } from "./routes/places.ts";
import { reactionRoutes } from "./routes/reactions.ts";
import { createSettings, type Options, type Settings } from "./settings.ts";
import type { FakeAttachment, FakeChannel, FakeMessage, Json } from "./types.ts";
import { until } from "./until.ts";
import { createAttachments } from "./world/attachments.ts";
import { createInteractionBook, type InteractionBook } from "./world/interaction-book.ts";
import { createMessageBook } from "./world/message-book.ts";
import { createPlaces, type Places } from "./world/places.ts";
import { createWorld, type World } from "./world/world.ts";

export type { Fault, InjectedFault } from "./http/faults.ts";
export type { MemberFile } from "./member/files.ts";
export type { DrivenInteraction } from "./member/interaction.ts";
export { buttonsOf, type Member } from "./member/member.ts";
export type { RequestRecord, Violation } from "./payloads/context.ts";
export type { Options } from "./settings.ts";
export type {
  FakeAttachment,
  FakeChannel,
  FakeGuild,
  FakeMessage,
  FakeRole,
  FakeUser,
  Revision,
} from "./types.ts";
export { messageFlags } from "./types.ts";

/** Discord on loopback: REST, gateway and CDN. A bot process may die and come back; everything is kept here. */
export interface FakeDiscord extends Places, AsyncDisposable {
  /** For `new Client({ rest: { api } })`. */
  readonly apiUrl: string;
  readonly cdn: Cdn;
  /** A signed link to a file of a message, as people copy it. */
  linkTo(attachment: FakeAttachment): string;
  readonly token: string;
  readonly applicationId: string;
  readonly botId: string;
  /** May be changed at any time. */
  readonly settings: Settings;
  readonly clock: Clock;
  readonly world: World;
  readonly gateway: GatewayControls;
  readonly interactions: InteractionBook;
  readonly violations: readonly Violation[];
  readonly requests: readonly RequestRecord[];
  /** Commands as registered, global ones first. */
  readonly commands: readonly Json[];
  inject(fault: Fault): InjectedFault;
  /** Messages of a channel that stand, oldest first, without the ephemeral ones. */
  messagesIn(channel: FakeChannel): FakeMessage[];
  readonly until: typeof until;
}

/** Starts on free ports of 127.0.0.1. Whoever starts it disposes of it. */
export async function startFakeDiscord(options: Options = {}): Promise<FakeDiscord> {
  const settings = createSettings(options);
  const clock = createClock();
  const world = createWorld(clock);
  const violations: Violation[] = [];
  const requests: RequestRecord[] = [];
  const gateway = createGateway(() => context);
  const cdn = await startCdn(
    () => attachments,
    (user, hash) => {
      const avatar = world.users.get(user)?.avatar;
      return avatar?.hash === hash ? avatar.bytes : null;
    },
  );
  const attachments = createAttachments(world, settings, cdn.url);
  let port = 0;
  const context: Context = {
    settings,
    world,
    attachments,
    messages: createMessageBook(world, attachments, gateway.emit),
    interactions: createInteractionBook(world),
    commands: { global: [], guilds: new Map(), permissions: new Map() },
    faults: createFaults(),
    violations,
    requests,
    emit: gateway.emit,
    gatewayUrl: () => `ws://127.0.0.1:${port}`,
  };
  const handle = createRest(context, [
    ...placeRoutes(context),
    ...applicationRoutes(context),
    ...messageRoutes(context),
    ...reactionRoutes(context),
    ...interactionRoutes(context),
  ]);
  const server = createServer((request, response) => void handle(request, response));
  server.on("upgrade", gateway.upgrade);
  port = await listen(server);

  return {
    ...createPlaces(context),
    apiUrl: `http://127.0.0.1:${port}/api`,
    cdn,
    linkTo: (attachment) => String(attachments.payload(attachment).url),
    token: settings.token,
    applicationId: world.applicationId,
    botId: world.bot.id,
    settings,
    clock,
    world,
    gateway: gateway.controls,
    interactions: context.interactions,
    violations,
    requests,
    get commands() {
      return [...context.commands.global, ...[...context.commands.guilds.values()].flat()];
    },
    inject: context.faults.inject,
    messagesIn: context.messages.shown,
    until,
    async [Symbol.asyncDispose]() {
      gateway.stop();
      await Promise.all([stopServer(server), cdn[Symbol.asyncDispose]()]);
    },
  };
}
