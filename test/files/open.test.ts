import { describe, expect, it } from "vitest";
import { openFileStore } from "../../src/files/open.ts";
import { noS3 } from "./s3/settings.ts";

describe("the address of a file store", () => {
  it.each([
    "",
    "folder",
    "/srv/lrbot",
    "file:relative",
    "file:///",
    "file://host/folder",
    "file:///folder?x=1",
    "file:///folder%2fother",
    "http://host/folder",
    "redis://host",
    "s3://",
    "s3:///prefix",
    "s3://Bucket",
    "s3://b",
    "s3://bucket/../other",
    "s3://bucket//prefix",
    "s3://bucket/a?b",
    "s3://key:secret@bucket",
  ])("%j is none: one line says what is", async (address) => {
    await expect(openFileStore(address, noS3)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringMatching(/^Expected the address of a file store, such as file:\/\/\/[^\n]*$/),
    });
  });

  it("is not repeated where it may hold a password", async () => {
    await expect(openFileStore("http://user:secret@host", noS3)).rejects.toMatchObject({
      message: expect.not.stringContaining("secret"),
    });
  });

  it("is told as it was given", async () => {
    expect((await openFileStore("file:///srv/lrbot", noS3)).address).toBe("file:///srv/lrbot");
  });
});
