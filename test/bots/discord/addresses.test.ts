import { describe, expect, it } from "vitest";
import { addressedOn } from "../../../src/bots/discord/incoming/addresses.ts";

const hosts = ["cdn.discordapp.com", "media.discordapp.net"];
const place = { workspace: "7", channel: "12" };
const at = (url: string) => addressedOn(url, place, hosts);

describe("an address on Discord", () => {
  it.each([
    "https://cdn.discordapp.com/attachments/1/2/a%20b.png?ex=1&is=2&hm=3&",
    "https://media.discordapp.net/attachments/1/2/a%20b.png",
    "https://cdn.discordapp.com/ephemeral-attachments/1/2/a%20b.png",
  ])("names the attachment of %s", (url) => {
    expect(at(url)).toEqual({
      picture: { id: "2", fileName: "a b.png", url, contentType: null, bytes: null },
    });
  });

  it("names a message of the same channel", () => {
    expect(at("https://discord.com/channels/7/12/99")).toEqual({
      message: { platform: "discord", workspace: "7", channel: "12", message: "99", thread: null },
    });
  });

  it.each([
    "https://discord.com/channels/7/13/99",
    // What the proxy fetches from elsewhere, and pictures of members, who have a say in that.
    "https://media.discordapp.net/external/x/https/example.com/a.png",
    "https://cdn.discordapp.com/avatars/1/2.png",
    "https://cdn.discordapp.com.example.com/attachments/1/2/a.png",
    "https://cdn.discordapp.com@example.com/attachments/1/2/a.png",
    "https://example.com/attachments/1/2/a.png",
    "file:///etc/passwd",
    "not an address",
  ])("is refused of %s", (url) => {
    expect(() => at(url)).toThrow(expect.objectContaining({ code: "attachment-refused" }));
  });
});
