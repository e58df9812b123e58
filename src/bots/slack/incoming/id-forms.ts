import type { IdForms } from "../../commands/parse-text.ts";

/** How members, user groups and channels stand in the text of a command, where Slack escapes it. */
export const idForms: IdForms = {
  member: { marked: /^<@([UW][A-Z0-9]+)(?:\|[^>]*)?>$/, bare: /^[UW][A-Z0-9]{5,}$/ },
  group: { marked: /^<!subteam\^(S[A-Z0-9]+)(?:\|[^>]*)?>$/, bare: /^S[A-Z0-9]{5,}$/ },
  channel: { marked: /^<#([CGD][A-Z0-9]+)(?:\|[^>]*)?>$/, bare: /^[CGD][A-Z0-9]{5,}$/ },
};
