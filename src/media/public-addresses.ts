import { type LookupAddress, lookup } from "node:dns";
import { BlockList, isIP, type LookupFunction } from "node:net";
import { EditError } from "../errors.ts";

/** Names become addresses; `dns.lookup` with `all`, or a test's own. Rejects where there are none. */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>;

/** Where a connection may lead. */
export type AddressRule = "public" | "loopback" | "public-or-loopback";

/** The operating system's own resolver, with the hosts file. */
export const resolveBySystem: Resolve = (hostname) =>
  new Promise((resolve, reject) => {
    lookup(hostname, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  });

/**
 * A `lookup` for `net.connect` that hands over addresses only if every one of them obeys the rule, so that what was
 * checked is what is connected to. Fails with `attachment-refused`.
 */
export function checkedLookup(resolve: Resolve, rule: AddressRule): LookupFunction {
  return (hostname, { all, family }, answer) => {
    resolve(hostname).then(
      (found) => {
        const addresses = found.filter((one) => !family || one.family === familyOf(family));
        const [first] = addresses;
        const refused = addresses.find(({ address }) => !obeys(address, rule));
        if (refused) answer(addressRefused(), "", 4);
        else if (!first) answer(new Error(`no address of ${hostname} was found`), "", 4);
        else if (all) answer(null, [...addresses]);
        else answer(null, first.address, first.family);
      },
      (cause: unknown) => answer(cause instanceof Error ? cause : new Error(String(cause)), "", 4),
    );
  };
}

/** The refusal of an address; it does not say which, for that would tell what the names of this network mean. */
export function addressRefused(): EditError {
  return new EditError(
    "attachment-refused",
    "Expected an attachment on a public address, got one on a private network.",
  );
}

/** True where the address, in digits, may be connected to. */
export function obeys(address: string, rule: AddressRule): boolean {
  if (rule !== "public" && isLoopback(address)) return true;
  return rule !== "loopback" && isPublic(address);
}

export function isLoopback(address: string): boolean {
  return isIP(address) === 4 ? address.startsWith("127.") : address === "::1";
}

function isPublic(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !specialIpv4.check(address, "ipv4");
  return version === 6 && globalIpv6.check(address, "ipv6") && !specialIpv6.check(address, "ipv6");
}

function familyOf(family: number | string): number {
  return family === "IPv6" || family === 6 ? 6 : 4;
}

/** https://www.iana.org/assignments/iana-ipv4-special-registry: nothing in here is a host of the public internet. */
const specialIpv4 = blockListOf("ipv4", [
  ["0.0.0.0", 8], // unspecified, "this network"
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // carrier-grade NAT
  ["127.0.0.0", 8], // loopback
  ["169.254.0.0", 16], // link-local, with the metadata services of clouds
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments
  ["192.0.2.0", 24], // documentation
  ["192.88.99.0", 24], // 6to4 relays
  ["192.168.0.0", 16], // private
  ["198.18.0.0", 15], // benchmarks
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, broadcast
]);

/** The only unicast space given out so far; leaves out ::, ::1, IPv4-mapped, NAT64, ULA, link-local and multicast. */
const globalIpv6 = blockListOf("ipv6", [["2000::", 3]]);

/** https://www.iana.org/assignments/iana-ipv6-special-registry, as far as it lies in 2000::/3. */
const specialIpv6 = blockListOf("ipv6", [
  ["2001::", 23], // protocol assignments, with Teredo
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4: an IPv4 address in other clothes
  ["3fff::", 20], // documentation
]);

function blockListOf(family: "ipv4" | "ipv6", subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of subnets) list.addSubnet(network, prefix, family);
  return list;
}
