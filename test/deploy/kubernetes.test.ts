import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Deployment, StatefulSet } from "kubernetes-types/apps/v1.js";
import type { Container, PodTemplateSpec, Probe } from "kubernetes-types/core/v1.js";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { configVariables } from "../../src/config.ts";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "deploy/kubernetes");

interface Document {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace: string };
}

const documents = readdirSync(folder).flatMap((file) =>
  parseAllDocuments(readFileSync(join(folder, file), "utf8")).map((document) => {
    expect(document.errors, file).toEqual([]);
    return document.toJS() as Document;
  }),
);
const worker = documents.find(({ kind }) => kind === "Deployment") as unknown as Deployment;
const bot = documents.find(({ kind }) => kind === "StatefulSet") as unknown as StatefulSet;

/** Where the published types of Kubernetes have a kind. */
const modules: Readonly<Record<string, string>> = {
  "apps/v1": "apps/v1",
  "policy/v1": "policy/v1",
  v1: "core/v1",
};

/** What the compiler says of the documents as literals of their kinds: of a key or a value that there is not, too. */
function complaintsOf(all: readonly Document[]): string {
  const temporary = mkdtempSync(join(root, "test/deploy/.kubernetes-"));
  try {
    const lines = all.map(
      (document, index) =>
        `export const d${index}: import("kubernetes-types/${modules[document.apiVersion]}.js").${document.kind} = ${JSON.stringify(document)};`,
    );
    writeFileSync(join(temporary, "documents.ts"), lines.join("\n"));
    const words = [
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "--ignoreConfig",
      "--module",
      "nodenext",
      "--types",
      "",
    ];
    const { stdout } = spawnSync(
      process.execPath,
      [join(root, "node_modules/typescript/bin/tsc"), ...words, join(temporary, "documents.ts")],
      { encoding: "utf8", cwd: root },
    );
    return stdout;
  } finally {
    rmSync(temporary, { recursive: true });
  }
}

describe("deploy/kubernetes/", () => {
  it("has what Kubernetes' own types take, and no key besides", { timeout: 60_000 }, () => {
    expect(documents.map(({ kind }) => kind).toSorted()).toEqual([
      ...["ConfigMap", "Deployment", "PodDisruptionBudget", "Service", "StatefulSet"],
    ]);
    expect(complaintsOf(documents)).toBe("");
  });

  it("is looked at such that a wrong key or value is found", { timeout: 60_000 }, () => {
    const changed = (change: object) => {
      const { spec, ...rest } = structuredClone(worker) as unknown as Document & { readonly spec: object };
      return { ...rest, spec: { ...spec, ...change } } as Document;
    };
    expect(complaintsOf([changed({})])).toBe("");
    expect(complaintsOf([changed({ gracePeriod: 5 })])).toMatch(/gracePeriod\W+ does not exist/);
    expect(complaintsOf([changed({ replicas: "two" })])).toContain("not assignable to type 'number'");
  });

  it("stands in one namespace, and selects the pods that it makes", () => {
    expect(new Set(documents.map(({ metadata }) => metadata.namespace))).toEqual(new Set(["lrbot"]));
    for (const { spec } of [worker, bot])
      expect(spec?.template.metadata?.labels).toMatchObject(spec?.selector.matchLabels ?? { none: "" });
    const budget = documents.find(({ kind }) => kind === "PodDisruptionBudget") as unknown as {
      readonly spec: { readonly selector: unknown };
    };
    expect(budget.spec.selector).toEqual(worker.spec?.selector);
  });

  it.each([
    ["a worker", worker],
    ["the bot", bot],
  ])(
    "gives %s settings that there are, probes at its own port, and no rights to spare",
    (_name, { spec }) => {
      const container = containerOf(spec?.template);
      const known = new Set(configVariables.map(({ name }) => name));
      const map = documents.find(({ kind }) => kind === "ConfigMap") as unknown as { readonly data: object };
      const named = [...(container.env ?? []).map(({ name }) => name), ...Object.keys(map.data)];
      expect(named.filter((name) => name !== "POD_NAME" && !known.has(name))).toEqual([]);
      const settingOf = (name: string) => container.env?.find((each) => each.name === name)?.value;
      const port = container.ports?.find(({ name }) => name === "health")?.containerPort;
      expect(String(port)).toBe(settingOf("LRBOT_PORT"));
      expect(settingOf("LRBOT_HOST")).toBe("0.0.0.0");
      const pathOf = (probe: Probe | undefined) => [probe?.httpGet?.path, probe?.httpGet?.port];
      expect(pathOf(container.startupProbe)).toEqual(["/healthz", "health"]);
      expect(pathOf(container.livenessProbe)).toEqual(["/healthz", "health"]);
      expect(pathOf(container.readinessProbe)).toEqual(["/readyz", "health"]);
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"] },
      });
      expect(spec?.template.spec?.securityContext?.runAsNonRoot).toBe(true);
      expect(spec?.template.spec?.automountServiceAccountToken).toBe(false);
      expect(container.resources?.limits?.memory).toBeDefined();
      expect(container.volumeMounts?.map(({ mountPath }) => mountPath)).toContain(settingOf("LRBOT_DATA"));
    },
  );

  it("gives each worker a card and a name of its own, and the time to end what runs", () => {
    const container = containerOf(worker.spec?.template);
    const words = container.args ?? [];
    expect(container.resources?.limits?.["nvidia.com/gpu"]).toBe("1");
    expect(words[0]).toBe("worker");
    expect(words[words.indexOf("--name") + 1]).toBe("$(POD_NAME)");
    expect(words).toContain("--health");
    const grace = Number(words[words.indexOf("--grace") + 1]);
    expect(worker.spec?.template.spec?.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(grace + 30);
  });

  it("runs one bot on one store", () => {
    expect(bot.spec?.replicas).toBe(1);
    expect(bot.spec?.volumeClaimTemplates?.[0]?.spec?.accessModes).toEqual(["ReadWriteOncePod"]);
  });
});

function containerOf(template: PodTemplateSpec | undefined): Container {
  const [container] = template?.spec?.containers ?? [];
  if (!container) throw new Error("Expected a container, got none.");
  return container;
}
