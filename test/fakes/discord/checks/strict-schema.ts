import { z } from "zod";

interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly options?: readonly z.ZodType[];
  readonly innerType?: z.ZodType;
  readonly getter?: () => z.ZodType;
  readonly checks?: readonly z.core.$ZodCheck[];
}

/**
 * The published schema with every object in it refusing unknown properties. The package binds its schemas at import, so
 * they are rebuilt here; `extra` adds to the outermost object.
 */
export function strict(schema: unknown, extra: Readonly<Record<string, z.ZodType>> = {}): z.ZodType {
  const rebuilt = strictened(schema as z.ZodType);
  const shape = (rebuilt as unknown as { _zod: { def: Definition } })._zod.def.shape;
  return Object.keys(extra).length === 0 ? rebuilt : z.strictObject({ ...shape, ...extra });
}

const known = new Map<z.ZodType, z.ZodType>();

function strictened(schema: z.ZodType): z.ZodType {
  const before = known.get(schema);
  if (before) return before;
  const rebuilt = rebuild(schema);
  known.set(schema, rebuilt);
  return rebuilt;
}

function rebuild(schema: z.ZodType): z.ZodType {
  const definition = (schema as unknown as { _zod: { def: Definition } })._zod.def;
  const { shape, element, options, innerType, getter } = definition;
  const checks = [...(definition.checks ?? [])] as z.core.$ZodCheck<unknown[]>[];
  switch (definition.type) {
    case "object": {
      const entries = Object.entries(shape ?? {}).map(([key, value]) => [key, strictened(value)] as const);
      return z.strictObject(Object.fromEntries(entries));
    }
    case "array":
      return element ? z.array(strictened(element)).check(...checks) : schema;
    case "union":
      return z.union((options ?? []).map(strictened) as [z.ZodType, ...z.ZodType[]]);
    case "optional":
      return innerType ? z.optional(strictened(innerType)) : schema;
    case "nullable":
      return innerType ? z.nullable(strictened(innerType)) : schema;
    case "lazy":
      return z.lazy(() => (getter ? strictened(getter()) : z.never()));
    default:
      return schema;
  }
}
