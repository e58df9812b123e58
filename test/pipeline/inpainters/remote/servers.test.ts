import { describe, expect, it } from "vitest";
import { loadConfig, secretsOf } from "../../../../src/config.ts";
import {
  isServer,
  remoteServersOf,
  secretsOfServer,
} from "../../../../src/pipeline/inpainters/remote/servers.ts";

const settings = {
  servers: [],
  timeoutSeconds: 60,
  variables: {},
  folders: { working: "/srv", models: "/shipped" },
};

describe("a server's address", () => {
  it.each(["a1111=http://127.0.0.1:7860", "comfyui=https://paint.example/comfy/", "a1111=http://[::1]:7860"])(
    "may be %s",
    (text) => {
      expect(isServer(text)).toBe(true);
    },
  );

  it.each([
    ["without a kind", "http://127.0.0.1:7860"],
    ["of an unknown kind", "dreams=http://127.0.0.1:7860"],
    ["of another scheme", "a1111=ftp://127.0.0.1"],
    ["without a scheme", "a1111=127.0.0.1:7860"],
    ["with a password in it", "a1111=http://user:secret@127.0.0.1:7860"],
    ["with a query", "a1111=http://127.0.0.1:7860/?key=secret"],
    ["with a fragment", "a1111=http://127.0.0.1:7860/#here"],
    ["that is empty", "a1111="],
  ])("is none %s", (_, text) => {
    expect(isServer(text)).toBe(false);
  });
});

describe("servers", () => {
  it("are numbered within their kind, keep their order, and get what lets the bot in there alone", () => {
    const servers = ["comfyui=http://one/", "a1111=http://two", "comfyui=http://three/comfy//"];
    const found = remoteServersOf({
      ...settings,
      servers,
      variables: {
        LRBOT_A1111_AUTH: "me:pass:word",
        LRBOT_COMFYUI_TOKEN: "token",
        LRBOT_COMFYUI_WORKFLOW: "workflow.json",
      },
    });
    expect(found).toEqual(
      [
        { name: "comfyui:0", kind: "comfyui", url: "http://one", authorization: "Bearer token" },
        { name: "a1111:0", kind: "a1111", url: "http://two", authorization: "Basic bWU6cGFzczp3b3Jk" },
        { name: "comfyui:1", kind: "comfyui", url: "http://three/comfy", authorization: "Bearer token" },
      ].map((one) => ({
        ...one,
        timeoutSeconds: 60,
        workflow: one.kind === "comfyui" ? "/srv/workflow.json" : null,
        workflows: "/shipped/workflows",
      })),
    );
    expect(found.map(secretsOfServer)).toEqual([["token"], ["bWU6cGFzczp3b3Jk", "pass:word"], ["token"]]);
  });

  it("have no secret where none is set", () => {
    const [server] = remoteServersOf({ ...settings, servers: ["a1111=http://two"] });
    expect(server?.authorization).toBeNull();
    expect(server && secretsOfServer(server)).toEqual([]);
  });

  it("know where the workflows lie that ship, and of no other where none is named", () => {
    const [server] = remoteServersOf({ ...settings, servers: ["comfyui=http://one"] });
    expect(server).toMatchObject({ workflow: null, workflows: "/shipped/workflows" });
  });

  it("come from the environment, their secrets go to no worker's environment", () => {
    const environment = {
      LRBOT_INPAINTERS: "a1111=http://two, comfyui=http://one",
      LRBOT_A1111_AUTH: "me:s3cret",
      LRBOT_COMFYUI_TOKEN: "t0ken",
      LRBOT_INPAINTER_TIMEOUT: "90",
    };
    const config = loadConfig({ environment, folder: "/nowhere" });
    expect(config.inpainters.map(({ name, timeoutSeconds }) => `${name} ${timeoutSeconds}`)).toEqual([
      "a1111:0 90",
      "comfyui:0 90",
    ]);
    expect(secretsOf(config)).toEqual(expect.arrayContaining(["s3cret", "t0ken"]));
    expect(JSON.stringify(config.workerEnvironment)).not.toMatch(/s3cret|t0ken/);
  });

  it.each([
    ["LRBOT_INPAINTERS", "a1111=http://me:s3cret@two"],
    ["LRBOT_INPAINTERS", "a1111=http://two,nothing"],
    ["LRBOT_A1111_AUTH", "s3cret"],
    ["LRBOT_INPAINTER_TIMEOUT", "1"],
  ])("that %s cannot name so are refused, without the value", (name, value) => {
    const load = () => loadConfig({ environment: { [name]: value }, folder: "/nowhere" });
    expect(load).toThrow(expect.objectContaining({ code: "usage" }));
    expect(load).toThrow(name);
    expect(load).not.toThrow(/s3cret/);
  });
});
