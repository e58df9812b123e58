import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A road to a server of this machine that can be cut and slowed. */
export interface RedisProxy extends AsyncDisposable {
  readonly port: number;
  /** Ends all connections, and refuses new ones until `mend`. */
  cut(): void;
  /** Keeps all connections, and carries nothing over them until `mend`. */
  silence(): void;
  /** Carries everything so much later. */
  slow(milliseconds: number): void;
  mend(): void;
}

export async function startProxy(target: number): Promise<RedisProxy> {
  const sockets = new Set<Socket>();
  let isCut = false;
  let isSilent = false;
  let delay = 0;
  const held: (() => void)[] = [];

  const carry = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on("close", () => {
      sockets.delete(from);
      to.destroy();
    });
    from.on("error", () => {});
    from.on("data", (bytes) => {
      const pass = () => void (to.destroyed || to.write(bytes));
      if (isSilent) held.push(pass);
      else if (delay > 0) setTimeout(pass, delay);
      else pass();
    });
  };
  const server = createServer((client) => {
    if (isCut) return client.destroy();
    const upstream = connect(target, "127.0.0.1");
    client.setNoDelay(true);
    upstream.setNoDelay(true);
    carry(client, upstream);
    carry(upstream, client);
    return undefined;
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("Expected a port, got none.");
  const drop = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: address.port,
    cut() {
      isCut = true;
      drop();
    },
    silence() {
      isSilent = true;
    },
    slow(milliseconds) {
      delay = milliseconds;
    },
    mend() {
      isCut = false;
      isSilent = false;
      delay = 0;
      for (const pass of held.splice(0)) pass();
    },
    async [Symbol.asyncDispose]() {
      drop();
      server.close();
      await once(server, "close");
    },
  };
}
