import { end, of, rule } from "./phrase.ts";

export const french: readonly RegExp[] = [
  rule(
    "(?:deshabille|denude|devet)(?:s|z|r)?(?:[ -](?:la|le|les|moi))?",
    of(" (?:la |le |les |cette |ce )?(?:femme|fille|homme|garcon|dame|personne|gens)", end, "(?<=-l[ae]s?)"),
  ),
  rule(
    of("enleve[rz]?", "retire[rz]?", "ote[rz]?", "supprime[rz]?", "efface[rz]?"),
    "(?:-lui)? ",
    of("ses", "son", "sa", "leurs?"),
    "(?: [\\p{L}]+)? ",
    of(
      "vetements",
      "habits",
      "robe",
      "chemise",
      "chemisier",
      "soutien-gorge",
      "culotte",
      "jupe",
      "pantalon",
      "maillot",
      "bikini",
      "haut",
      "sous-vetements",
      "fringues",
    ),
  ),
  rule(
    of("enleve[rz]?", "retire[rz]?", "ote[rz]?"),
    "-lui (?:tous )?(?:les |ses )?",
    of("vetements", "habits", "fringues"),
  ),
  rule(
    of(
      "femme",
      "femmes",
      "fille",
      "filles",
      "homme",
      "hommes",
      "personne",
      "garcon",
      "elle",
      "copine",
      "dame",
    ),
    "(?: est| sont| toute?| completement| entierement)* ",
    of(
      "nue?s?",
      "denude?e?s?",
      "seins nus",
      "sans (?:ses |aucun )?(?:vetements?|habits|culotte|soutien-gorge)",
    ),
  ),
  rule(
    "(?:mets|met|mettre|rends|rend|montre|rendre)(?:-(?:la|le|les))? ",
    of("toute? ", "la ", "le ", "completement ", ""),
    "(?:femme |fille |homme )?",
    of("nue?s?", "a poil", "seins nus"),
  ),
  /^ *(?:nue?s?|toute? nue?|a poil|seins nus|sans vetements) *[.!]* *$/,
];
