import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";
import { type Context, type GatewayEvent, intents } from "../payloads/context.ts";
import { guildCreatePayload, userPayload } from "../payloads/payloads.ts";
import { applicationFlags, refusedIntents } from "../routes/application.ts";
import type { Json } from "../types.ts";
import { may } from "../world/permissions.ts";

/** Which shard of how many. */
type Shard = readonly [id: number, count: number];

/** What a test does to the connection of the bot. */
export interface GatewayControls {
  /** Sessions with a live connection. */
  readonly connected: number;
  /** Shards that identified, in this order, each as `[id, count]`. */
  readonly shards: readonly Shard[];
  /** How often an identification came before its place was free. */
  readonly early: number;
  /** How often clients identified, and resumed. */
  readonly identified: number;
  readonly resumed: number;
  /** Asks all clients to reconnect and resume (op 7). */
  requestReconnect(): void;
  /** Declares all sessions invalid (op 9). */
  invalidateSessions(resumable: boolean): void;
  /** Cuts all connections without a closing frame; the sessions can be resumed. */
  dropSockets(): void;
  /** Closes all connections with a code, such as 4000. */
  closeSockets(code: number): void;
  /** While true, heartbeats are not acknowledged. */
  isSilent: boolean;
  /** While true, new connections are cut at once. */
  isUnreachable: boolean;
}

/** Opcodes: https://discord.com/developers/docs/topics/opcodes-and-status-codes#gateway-gateway-opcodes */
const op = {
  dispatch: 0,
  heartbeat: 1,
  identify: 2,
  presence: 3,
  voice: 4,
  resume: 6,
  reconnect: 7,
  requestMembers: 8,
  invalidSession: 9,
  hello: 10,
  heartbeatAck: 11,
} as const;

interface Session {
  readonly id: string;
  readonly shard: Shard;
  readonly intents: number;
  socket: WebSocket | null;
  sequence: number;
  /** Dispatches that a resume can replay. */
  readonly backlog: { readonly sequence: number; readonly text: string }[];
}

const backlogLimit = 5_000;

/** The gateway of version 10 in JSON: shards that hear of their own servers, sessions that outlive their connections. */
export function createGateway(context: () => Context) {
  const server = new WebSocketServer({ noServer: true });
  const sessions = new Map<string, Session>();
  const sockets = new Set<WebSocket>();
  const shards: Shard[] = [];
  /** When the place of some shards is free again, by the rest of their numbers. */
  const free = new Map<number, number>();
  let early = 0;
  let identified = 0;
  let resumed = 0;

  function dispatch(session: Session, name: string, data: Json): void {
    const told = context().settings.tells(name, data);
    if (told === null) return;
    const sequence = ++session.sequence;
    const text = JSON.stringify({ op: op.dispatch, t: name, s: sequence, d: told });
    session.backlog.push({ sequence, text });
    if (session.backlog.length > backlogLimit) session.backlog.shift();
    session.socket?.send(text);
  }

  function emit(event: GatewayEvent): void {
    const { world } = context();
    if (event.channel && !may(world, event.channel, world.bot.id, "ViewChannel")) return;
    for (const session of sessions.values()) {
      if (event.intent !== null && (session.intents & intents[event.intent]) === 0) continue;
      const data = event.data((session.intents & intents.MessageContent) !== 0);
      if (isOf(session.shard, guildOf(event.name, data))) dispatch(session, event.name, data);
    }
  }

  function identify(socket: WebSocket, data: Json): Session | null {
    const { settings, world } = context();
    if (data.token !== settings.token) return close(socket, 4004, "Authentication failed.");
    const asked = data.intents;
    if (typeof asked !== "number") return close(socket, 4013, "Invalid intent(s).");
    if (refusedIntents(context(), asked) !== 0) return close(socket, 4014, "Disallowed intent(s).");
    const shard = (data.shard ?? [0, 1]) as Shard;
    if (!(shard[0] >= 0 && shard[0] < shard[1])) return close(socket, 4010, "Invalid shard.");
    if (settings.requiresShards && shard[1] < settings.shards)
      return close(socket, 4011, "Sharding required.");
    if (!takePlace(shard)) return send(socket, { op: op.invalidSession, d: false });
    // A new identification of the shard ends the sessions that nobody holds any more.
    for (const old of sessions.values())
      if (old.socket === null && String(old.shard) === String(shard)) sessions.delete(old.id);
    const id = randomBytes(16).toString("hex");
    const session: Session = { id, shard, intents: asked, socket, sequence: 0, backlog: [] };
    sessions.set(id, session);
    identified++;
    shards.push(shard);
    const guilds = [...world.guilds.values()].filter((guild) => guild.hasBot && isOf(shard, guild.id));
    dispatch(session, "READY", {
      v: 10,
      user: userPayload(world.bot),
      guilds: guilds.map((guild) => ({ id: guild.id, unavailable: true })),
      session_id: id,
      resume_gateway_url: context().gatewayUrl(),
      shard,
      application: { id: world.applicationId, flags: applicationFlags(context()) },
    });
    if ((asked & intents.Guilds) !== 0) {
      for (const guild of guilds) dispatch(session, "GUILD_CREATE", guildCreatePayload(world, guild));
    }
    return session;
  }

  /** False where another shard of the same place identified just before. */
  function takePlace([id]: Shard): boolean {
    const { maxConcurrency, identifyWindow } = context().settings;
    const place = id % maxConcurrency;
    const now = performance.now();
    if (now < (free.get(place) ?? 0)) {
      early++;
      return false;
    }
    free.set(place, now + identifyWindow);
    return true;
  }

  function resume(socket: WebSocket, data: Json): Session | null {
    const session = sessions.get(String(data.session_id));
    if (data.token !== context().settings.token) return close(socket, 4004, "Authentication failed.");
    const seen = Number(data.seq);
    const isReplayable =
      session && seen <= session.sequence && (session.backlog[0]?.sequence ?? 0) <= seen + 1;
    if (!session || !isReplayable) {
      send(socket, { op: op.invalidSession, d: false });
      return null;
    }
    session.socket?.terminate();
    session.socket = socket;
    for (const { sequence, text } of session.backlog) if (sequence > seen) socket.send(text);
    dispatch(session, "RESUMED", {});
    resumed++;
    return session;
  }

  function serve(socket: WebSocket): void {
    let session: Session | null = null;
    sockets.add(socket);
    send(socket, { op: op.hello, d: { heartbeat_interval: context().settings.heartbeatInterval } });
    socket.on("message", (raw) => {
      const payload = parsed(raw);
      if (payload === null) return void close(socket, 4002, "Decode error.");
      const data = (payload.d ?? {}) as Json;
      switch (payload.op) {
        case op.heartbeat:
          if (!controls.isSilent) send(socket, { op: op.heartbeatAck });
          return;
        case op.identify:
          if (session) return void close(socket, 4005, "Already authenticated.");
          session = identify(socket, data);
          return;
        case op.resume:
          session = resume(socket, data);
          return;
        case op.presence:
        case op.voice:
        case op.requestMembers:
          if (!session) close(socket, 4003, "Not authenticated.");
          return;
        default:
          close(socket, 4001, "Unknown opcode.");
      }
    });
    socket.on("error", () => socket.terminate());
    socket.on("close", (code) => {
      sockets.delete(socket);
      if (session?.socket !== socket) return;
      session.socket = null;
      // These two codes of a client end its session; any other leaves it to be resumed.
      if (code === 1000 || code === 1001) sessions.delete(session.id);
    });
  }

  const controls: GatewayControls = {
    get connected() {
      return [...sessions.values()].filter(({ socket }) => socket !== null).length;
    },
    shards,
    get early() {
      return early;
    },
    get identified() {
      return identified;
    },
    get resumed() {
      return resumed;
    },
    requestReconnect: () => sockets.forEach((socket) => void send(socket, { op: op.reconnect, d: null })),
    invalidateSessions(resumable) {
      if (!resumable) sessions.clear();
      for (const socket of sockets) send(socket, { op: op.invalidSession, d: resumable });
    },
    dropSockets: () => sockets.forEach((socket) => void socket.terminate()),
    closeSockets: (code) => sockets.forEach((socket) => void socket.close(code)),
    isSilent: false,
    isUnreachable: false,
  };

  return {
    controls,
    emit,
    upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
      if (controls.isUnreachable) return void socket.destroy();
      server.handleUpgrade(request, socket, head, (webSocket) => {
        const query = new URL(request.url ?? "/", "ws://fake").searchParams;
        if (query.get("v") !== "10" || query.get("encoding") !== "json") {
          return void webSocket.close(4012, "Invalid API version.");
        }
        serve(webSocket);
      });
    },
    stop(): void {
      for (const socket of sockets) socket.terminate();
      server.close();
    },
  };
}

export type Gateway = ReturnType<typeof createGateway>;

/** The server that an event is of; `null` in direct conversations. */
function guildOf(name: string, data: Json): string | null {
  const own = name === "GUILD_CREATE" || name === "GUILD_UPDATE" || name === "GUILD_DELETE" ? data.id : null;
  return (data.guild_id ?? own ?? null) as string | null;
}

/** https://discord.com/developers/docs/events/gateway#sharding-sharding-formula; direct conversations are of shard 0. */
function isOf([id, count]: Shard, guild: string | null): boolean {
  return guild === null ? id === 0 : Number((BigInt(guild) >> 22n) % BigInt(count)) === id;
}

function send(socket: WebSocket, payload: Json): null {
  socket.send(JSON.stringify(payload));
  return null;
}

function close(socket: WebSocket, code: number, reason: string): null {
  socket.close(code, reason);
  return null;
}

function parsed(raw: RawData): Json | null {
  try {
    return JSON.parse(raw.toString()) as Json;
  } catch {
    return null;
  }
}
