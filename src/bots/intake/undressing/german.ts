import { of, rule } from "./phrase.ts";

export const german: readonly RegExp[] = [
  rule(
    "(?:zieh|ziehe|ziehen sie|zieht) ",
    of("sie", "ihn", "die frau", "das madchen", "den mann", "den jungen", "die person", "ihr", "ihm"),
    "(?: [\\p{L}]+){0,3} aus",
  ),
  rule(
    of("sie", "ihn", "frau", "madchen", "mann", "junge[nr]?", "person", "leute", "alle"),
    "(?: bitte| ganz| komplett)* ",
    of("ausziehen", "entkleiden", "nackt machen", "nackt zeigen", "nackt malen"),
  ),
  rule("entkleide ", of("sie", "ihn", "die frau", "den mann", "das madchen", "die person")),
  rule(
    of("mach", "mache", "zeig", "zeige", "male", "mal"),
    " (?:sie|ihn|die frau|den mann|das madchen|die person)(?: [\\p{L}]+){0,2} ",
    of("nackt", "oben ohne", "unbekleidet", "nackig"),
  ),
  rule(
    of("nackte[nrs]?", "unbekleidete[nrs]?", "nackige[nrs]?"),
    " ",
    of("frau", "frauen", "mann", "manner", "madchen", "junge", "person", "menschen", "freundin", "frau ohne"),
  ),
  rule(
    of("frau", "madchen", "mann", "sie", "ihn", "er", "person"),
    "(?: ist| sind| ganz| vollig)* ",
    of("nackt", "oben ohne", "splitternackt", "ohne (?:kleidung|kleider|klamotten|bh|unterwasche|hose|hemd)"),
  ),
  rule(
    of("entferne", "entfern", "losche", "nimm", "zieh", "mach"),
    "(?: bitte)? ",
    of("ihre[nr]?", "ihr", "seine[nr]?", "sein"),
    "(?: [\\p{L}]+)? ",
    of(
      "kleidung",
      "kleider",
      "klamotten",
      "kleid",
      "bluse",
      "hemd",
      "bh",
      "bikini",
      "unterwasche",
      "hose",
      "rock",
      "t-shirt",
      "slip",
      "hoschen",
    ),
  ),
  rule(
    of("entferne", "entfern", "losche"),
    "(?: [\\p{L}]+){0,2} ",
    of("kleidung", "kleider", "klamotten", "kleid", "bluse", "bh", "unterwasche", "hose", "rock"),
    " (?:der frau|des mannes|des madchens|der person|von ihr|von ihm)",
  ),
  /^ *(?:nackt|nackig|oben ohne|ohne (?:kleidung|kleider|klamotten)) *[.!]* *$/,
];
