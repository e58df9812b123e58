import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createA1111 } from "../../../../src/pipeline/inpainters/remote/a1111/inpainter.ts";
import { connectionFailure } from "../../../../src/pipeline/inpainters/remote/failures.ts";
import { createFakeA1111 } from "../../../fakes/a1111/index.ts";
import { failureOf, hurry, serverAt } from "./remote.ts";

// A pause that no test lives to see the end of: what is tried again does not end.
const patience = { ...hurry, pauses: [1e9] };
const openAt = (url: string) =>
  createA1111({ server: serverAt("a1111", url, { timeoutSeconds: 1e7 }), side: 64, patience });

describe("a certificate that is not trusted", () => {
  it.each([
    ["DEPTH_ZERO_SELF_SIGNED_CERT", "NODE_EXTRA_CA_CERTS"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "NODE_EXTRA_CA_CERTS"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "NODE_EXTRA_CA_CERTS"],
    ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "NODE_EXTRA_CA_CERTS"],
    ["CERT_HAS_EXPIRED", "Renew it"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "the name that the certificate is for"],
  ])("for %s is refused, and says what to do", (code, says) => {
    const cause = Object.assign(new Error("a reason"), { code });
    const failure = connectionFailure(serverAt("a1111", "https://painter.example"), cause);
    expect(failure.code).toBe("inpainter-refused");
    expect(failure.message).toContain(`got ${code}, a reason.`);
    expect(failure.message).toContain(says);
  });

  it.each(["ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "EPIPE"])("is not %s, which may pass", (code) => {
    const cause = Object.assign(new Error("a reason"), { code });
    expect(connectionFailure(serverAt("a1111", "https://painter.example"), cause).code).toBe(
      "inpainter-unreachable",
    );
  });

  it("is not a server without TLS, which is refused at once too", async () => {
    await using fake = await createFakeA1111();
    await using inpainter = openAt(fake.url.replace("http:", "https:"));
    const failure = await failureOf(inpainter);
    expect(failure).toMatchObject({ code: "inpainter-refused" });
    expect(failure.message).toContain("http://");
  });
});

const hasOpenssl = (() => {
  try {
    execFileSync("openssl", ["version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!hasOpenssl)(
  `a server that signed its certificate itself${hasOpenssl ? "" : " (skipped: no openssl here)"}`,
  () => {
    let folder: string;
    let server: Server;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), "tls-"));
      const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
      const words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "2"];
      execFileSync("openssl", [...words, "-keyout", key, "-out", cert], { stdio: "ignore" });
      server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) =>
        response.end("{}"),
      );
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    });
    afterAll(async () => {
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true });
    });

    it("is refused at once, and says what to set", async () => {
      const { port } = server.address() as AddressInfo;
      await using inpainter = openAt(`https://127.0.0.1:${port}`);
      const failure = await failureOf(inpainter);
      expect(failure).toMatchObject({ code: "inpainter-refused" });
      expect(failure.message).toMatch(/got DEPTH_ZERO_SELF_SIGNED_CERT.*NODE_EXTRA_CA_CERTS/);
    });
  },
);
