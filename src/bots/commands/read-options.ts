import { z } from "zod";
import type { CommandEvent } from "../context.ts";
import type { OptionSpec } from "./command-spec.ts";

/** A command's options by name, each of the type that its spec says; `null` where one that may be left out is. */
export type OptionsOf<Specs extends readonly OptionSpec[]> = {
  readonly [Spec in Specs[number] as Spec["kind"] extends "picture" ? never : Spec["name"]]: ValueOf<Spec>;
};

type ValueOf<Spec extends OptionSpec> = Spec extends { readonly kind: "flag" }
  ? Spec extends { readonly isOpen: true }
    ? boolean | null
    : boolean
  : Spec extends { readonly isRequired: true }
    ? GivenOf<Spec>
    : GivenOf<Spec> | null;

type GivenOf<Spec extends OptionSpec> = Spec extends { readonly kind: "whole" }
  ? number
  : Spec extends { readonly kind: "choice"; readonly choices: readonly (infer Choice)[] }
    ? Choice
    : string;

/** The options, or what does not fit. */
export type ReadOptions<Specs extends readonly OptionSpec[]> =
  | { readonly options: OptionsOf<Specs>; readonly failure: null }
  /** `got` is the value that does not fit; `null` where one is missing. */
  | { readonly failure: { readonly got: string | null } };

/** Checks what a platform sent against the specs: the only place where a command's options are of no known type. */
export function readOptions<const Specs extends readonly OptionSpec[]>(
  specs: Specs,
  raw: CommandEvent["options"],
): ReadOptions<Specs> {
  const options: Record<string, string | number | boolean | null> = {};
  for (const spec of specs) {
    if (spec.kind === "picture") continue;
    const value = raw[spec.name];
    if (value === undefined) {
      if (spec.isRequired === true) return { failure: { got: null } };
      options[spec.name] = spec.kind === "flag" && spec.isOpen !== true ? false : null;
    } else {
      if (!schemaOf(spec).safeParse(value).success) return { failure: { got: String(value) } };
      options[spec.name] = value;
    }
  }
  return { options: options as OptionsOf<Specs>, failure: null };
}

function schemaOf(spec: OptionSpec): z.ZodType {
  switch (spec.kind) {
    case "text":
      return z.string();
    case "whole":
      return z.int().min(spec.range[0]).max(spec.range[1]);
    case "choice":
      return z.enum(spec.choices);
    case "flag":
      return z.boolean();
    case "picture":
      return z.never();
    case "member":
    case "group":
    case "channel":
      return z.string().min(1);
  }
}
