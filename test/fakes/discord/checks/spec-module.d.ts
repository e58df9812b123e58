// The package ships its zod schemas without declarations; `schemas.ts` looks them up by name.
declare module "discord-api-spec/zod" {
  const schemas: Readonly<Record<string, unknown>>;
  export = schemas;
}
