import { z } from "zod";
import type { S3Settings } from "../types.ts";

const text = z.string().optional();
const address = z.url({ protocol: /^https?$/ }).optional();

/** Variables of S3-compatible storage, by AWS's own names where it has one; what docs/settings.md says of each. */
export const s3Variables = {
  AWS_ACCESS_KEY_ID: text.describe(
    "id of the keys to S3-compatible storage; unset, they are looked for where AWS's tools look: a profile, the role of a machine or a pod",
  ),
  AWS_SECRET_ACCESS_KEY: text.describe("secret of these keys"),
  AWS_SESSION_TOKEN: text.describe("token of keys that end by themselves"),
  AWS_REGION: text.describe(
    "region of the bucket; unset, that of the profile, and `us-east-1` at another server than AWS",
  ),
  AWS_ENDPOINT_URL_S3: address.describe(
    "address of an S3-compatible server other than AWS, such as `https://s3.example.org:9000`",
  ),
  AWS_ENDPOINT_URL: address.describe("the same, where `AWS_ENDPOINT_URL_S3` is unset"),
  LRBOT_S3_PATH_STYLE: z
    .enum(["auto", "on", "off"])
    .default("auto")
    .describe(
      "`on` names the bucket in the path, `off` in the host's name; `auto` is `off` at AWS and `on` at other servers (`auto`)",
    ),
  LRBOT_ALLOW_PLAINTEXT: z
    .enum(["0", "1"])
    .default("0")
    .describe(
      "1 lets pictures travel unencrypted to another machine, for a network that nobody else is in (0)",
    ),
} as const;

/** Those of {@link s3Variables} that hold a secret. */
export const s3Secrets = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] as const;

/** What the variables say. Half a pair of keys is found where it is used: other programs may have set it. */
export function s3SettingsOf(values: z.infer<z.ZodObject<typeof s3Variables>>): S3Settings {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, LRBOT_S3_PATH_STYLE: style } = values;
  const hasKeys = id !== undefined || secret !== undefined;
  return {
    endpoint: (values.AWS_ENDPOINT_URL_S3 ?? values.AWS_ENDPOINT_URL)?.replace(/\/+$/, "") ?? null,
    region: values.AWS_REGION ?? null,
    keys: hasKeys
      ? { id: id ?? "", secret: secret ?? "", sessionToken: values.AWS_SESSION_TOKEN ?? null }
      : null,
    isPathStyle: style === "auto" ? null : style === "on",
    allowsPlaintext: values.LRBOT_ALLOW_PLAINTEXT === "1",
  };
}
