import { type ClientRequest, get as getByHttp, type IncomingMessage, type RequestOptions } from "node:http";
import { get as getByHttps } from "node:https";
import { isIP } from "node:net";
import { EditError } from "../errors.ts";
import { type AddressRule, addressRefused, checkedLookup, obeys, type Resolve } from "./public-addresses.ts";

/** An answer whose body has not been read; disposing of it closes the connection. */
export interface Reply extends AsyncDisposable {
  readonly response: IncomingMessage;
}

export interface RequestReach {
  readonly bearer: string | null;
  readonly allowLoopback: boolean;
  readonly resolve: Resolve;
  readonly idleMilliseconds: number;
  readonly signal: AbortSignal;
}

/**
 * Asks once, over a connection of its own to a checked address, and settles when the answer's headers are there.
 * Rejects with EditError `attachment-refused` for the address, `attachment-unavailable` where nothing comes for too
 * long, and Node's own errors.
 */
export function request(location: URL, reach: RequestReach): Promise<Reply> {
  const rule = ruleFor(location, reach.allowLoopback);
  const literal = location.hostname.replace(/^\[(.*)\]$/, "$1");
  if (isIP(literal) && !obeys(literal, rule)) return Promise.reject(addressRefused());
  return new Promise((resolve, reject) => {
    const asked = ask(location, {
      agent: false,
      lookup: checkedLookup(reach.resolve, rule),
      signal: reach.signal,
      maxHeaderSize: 16_384,
      headers: {
        accept: "image/*",
        "accept-encoding": "identity",
        "user-agent": "learnable-regions-bot",
        ...(reach.bearer === null ? {} : { authorization: `Bearer ${reach.bearer}` }),
      },
    });
    let reply: IncomingMessage | null = null;
    asked.setTimeout(reach.idleMilliseconds, () => (reply ?? asked).destroy(tooSlow()));
    asked.once("error", reject);
    asked.once("response", (response) => {
      reply = response;
      // The connection's late failures reach whoever reads the response; here they would end the process.
      asked.on("error", () => {});
      resolve({
        response,
        async [Symbol.asyncDispose]() {
          response.on("error", () => {});
          response.destroy();
          asked.destroy();
        },
      });
    });
  });
}

/** http is for this machine alone, whatever name it goes by. */
function ruleFor({ protocol }: URL, allowLoopback: boolean): AddressRule {
  if (!allowLoopback) return "public";
  return protocol === "http:" ? "loopback" : "public-or-loopback";
}

function ask(location: URL, options: RequestOptions): ClientRequest {
  return location.protocol === "http:" ? getByHttp(location, options) : getByHttps(location, options);
}

function tooSlow(): EditError {
  return new EditError("attachment-unavailable", "Expected the attachment's bytes, got none for too long.");
}
