import { readingsOf } from "./readings.ts";

// Sentences that ask to undress people, in English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian, Chinese and
// Japanese. A rule of phrases, not of words: "remove the coat from the chair" and "a nude lipstick" ask for nothing of the kind.

/**
 * True of a text that asks to show somebody with less on: without clothes or underwear, or in what shows the body beneath. Outer things
 * such as hats, shoes and coats may go. It knows phrases and no pictures, so it errs both ways; texts are read as `readingsOf` does.
 */
export function asksToUndress(text: string): boolean {
  return readingsOf(text).some((reading) => {
    const read = ` ${reading.text.replace(/0(?=\p{L})|(?<=\p{L})0/gu, "o").replace(/\s+/g, " ")} `;
    return !isOfFigures.test(read) && rules.some((rule) => rule.test(read));
  });
}

/** A figure of a person is nobody. */
const isOfFigures =
  /\b(?:statue|sculpture|mannequin|marble bust|oil painting|schaufensterpuppe|skulptur|estatua|escultura|statua) (?:of|of a|of an|von|d'un|d'une|de|di)\b/;

const of = (...words: readonly string[]) => `(?:${words.join("|")})`;
const rule = (...parts: readonly string[]) =>
  new RegExp(`(?<![\\p{L}\\p{N}])${parts.join("")}(?![\\p{L}\\p{N}])`, "u");
const upTo = (count: number) => `(?: [\\p{L}'-]+){0,${count}} `;

const people = of(
  ...[
    "wom[ae]n",
    "girls?",
    "m[ae]n",
    "boys?",
    "lad(?:y|ies)",
    "guys?",
    "person",
    "people",
    "females?",
    "males?",
    "child(?:ren)?",
    "kids?",
  ],
  ...[
    "teens?",
    "teenagers?",
    "mother",
    "mom",
    "father",
    "sister",
    "brother",
    "daughter",
    "son",
    "wife",
    "husband",
    "girlfriend",
    "boyfriend",
  ],
  ...[
    "friend",
    "teacher",
    "model",
    "actress",
    "actor",
    "singer",
    "bride",
    "groom",
    "everyone",
    "everybody",
    "somebody",
    "someone",
  ],
);
const them = of(
  "her",
  "him",
  "them",
  "me",
  "us",
  `(?:the|this|that|my|a|these|those|every)${"(?: [\\p{L}-]+){0,2}"} ${people}`,
);
const theirs = of(
  "her",
  "his",
  "their",
  "my",
  "our",
  `(?:the|this|that|my|these|those)${"(?: [\\p{L}-]+){0,2}"} ${people}(?:'s|s')`,
);
const garments = of(
  ...[
    "clothes",
    "clothing",
    "outfit",
    "dress",
    "shirts?",
    "t-shirt",
    "tee",
    "blouse",
    "top",
    "bra",
    "bikini",
    "swimsuit",
    "pants",
    "trousers",
  ],
  ...[
    "jeans",
    "shorts",
    "skirt",
    "underwear",
    "undies",
    "panties",
    "thong",
    "lingerie",
    "leggings",
    "tights",
    "stockings",
    "robe",
    "towel",
  ],
);
/** What lies on a garment, or is a part of it. */
const notItself =
  "(?!'s |s' | (?:stain|pocket|logo|button|sleeve|pattern|print|text|wrinkle|collar|zipp?er|label|color|colour|tag)s?[^\\p{L}])";
/** Up to two words, of which none joins another thing. */
const nearby = "(?: (?!and |or |with )[\\p{L}-]+){0,2}";
const innermost = of(
  "clothes",
  "clothing",
  "bra",
  "bikini",
  "underwear",
  "undies",
  "panties",
  "thong",
  "lingerie",
);
const takeOff = of(
  ...[
    "remov(?:e|ing)",
    "tak(?:e|ing) off",
    "strip(?:ping)?(?: off)?",
    "rip(?:ping)? off",
    "pull(?:ing)? (?:off|down|up)",
  ],
  ...[
    "delet(?:e|ing)",
    "eras(?:e|ing)",
    "los(?:e|ing)",
    "get(?:ting)? rid of",
    "tear(?:ing)? off",
    "cut(?:ting)? off",
    "lift(?:ing)? up",
  ],
);
const bare = of(
  "naked",
  "nude",
  "topless",
  "bottomless",
  "undressed",
  "unclothed",
  "bare-?breasted",
  "bare-?chested woman",
  "unclad",
);
const show = of(
  "make",
  "show",
  "turn",
  "render",
  "draw",
  "paint",
  "get",
  "want",
  "see",
  "put",
  "imagine",
  "picture",
  "with",
);
const adverbs =
  "(?: (?:look|appear|be|become|fully|completely|totally|entirely|all|stark|half|in the|as|into))*";
/** Nothing follows that says where things lie. */
const end =
  "(?= *(?:$|[.,;:!?)]| (?:and|please|now|completely|off|from (?:her|him|them|the (?:wom|m|girl|boy|lad|person|people))) ?))";

const english = [
  rule(
    of(
      "undress",
      "undressing",
      "unclothe",
      "disrobe",
      "denude",
      "nudify",
      "deepnude",
      "de-clothe",
      "declothe",
    ),
    of(` ${them}`, end),
  ),
  rule("(?:nudify|deepnude|nudification)"),
  rule("strip ", of("her", "him", "them", "me"), of(" naked", " nude", " bare", " down", " of", end)),
  rule("strip ", them, " (?:naked|nude|bare|down|of (?:her|his|their|all) clothes)"),
  rule(takeOff, `(?: off)? (?:all |all of )?${theirs}${nearby} ${garments}${notItself}`),
  rule("tak(?:e|ing) ", `(?:all |the |all the )?${garments} off (?:of )?${them}`),
  rule("tak(?:e|ing) ", `${theirs}${nearby} ${garments} off`),
  rule(takeOff, ` (?:all |the |all the )?${garments} (?:of|from|off|on) ${them}`),
  rule(takeOff, ` ${them} ${garments}`),
  rule(takeOff, `(?: all)?(?: the| of the)? ${innermost}`, end),
  rule(theirs, `(?: [\\p{L}-]+){0,2} ${garments} (?:off|removed|gone|taken off|ripped off|pulled down)`),
  rule(bare, `(?: [\\p{L}-]+){0,2} `, people),
  rule(people, `(?: (?:is|are|being|totally|fully|completely|and|in the))* `, bare),
  rule(show, ` ${them}`, adverbs, ` ${bare}`),
  rule(
    of("she", "he", "they"),
    "(?: (?:is|are|be|being|should|must|will|fully|completely|totally|to))* ",
    bare,
  ),
  rule(people, upTo(3), `(?:without|with no|wearing no|minus)(?: any| her| his| their)? ${garments}`),
  rule(
    of("her", "him", "them", "she", "he", "they"),
    ` (?:[\\p{L}']+ ){0,2}(?:without|with no|wearing no)(?: any| her| his| their)? ${garments}`,
  ),
  rule("no clothes on"),
  rule(of("wearing", "wears", "wear"), " nothing", of(" at all", " underneath", " but", end)),
  rule(of("see-?through", "transparent", "sheer", "x-?ray(?:ed)?"), ` ${garments} (?:on|for|over) ${them}`),
  rule(
    of("make", "turn", "see", "look"),
    `(?: through)? ${theirs}(?: [\\p{L}-]+)? ${garments} `,
    of("see-?through", "transparent", "invisible", "disappear", "vanish"),
  ),
  rule(of("see", "look"), ` (?:through|under|beneath|underneath) ${theirs} ${garments}`),
  rule(
    of("put", "dress", "show", "make"),
    ` ${them}(?: [\\p{L}]+)? (?:in|into) (?:a |an |some |her |his |tiny |sexy |string )*`,
    of("bikini", "lingerie", "underwear", "thong", "panties", "micro bikini"),
  ),
  rule(of("bikini", "lingerie", "thong"), ` on ${them}`),
  rule(of("in her birthday suit", "in his birthday suit", "in the nude")),
  new RegExp(`^ *${bare} *[.!]* *$`),
];

const german = [
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

const french = [
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

const others = [
  // Spanish
  rule(
    of("desnuda(?:r|la|lo|las|los|me)?", "desviste(?:la|lo)?", "desvestir(?:la|lo)?"),
    "(?: a)?",
    of(" (?:la |el |esta |este )?(?:mujer|chica|nina|hombre|chico|persona)", end),
  ),
  rule(
    of("mujer", "mujeres", "chica", "chicas", "nina", "hombre", "ella", "el", "novia", "persona"),
    "(?: esta| completamente| totalmente)* ",
    of("desnud[ao]s?", "sin (?:ropa|ropa interior|sujetador|camisa)", "en topless"),
  ),
  rule(
    of("quita(?:le|r|rle)?", "elimina", "borra", "saca(?:le)?"),
    " (?:toda )?(?:la|su|sus|el) ",
    of("ropa", "vestido", "camisa", "sujetador", "bragas", "falda", "bikini"),
    of(" (?:a|de) (?:la |el |ella|esta )?(?:mujer|chica|hombre|nina|ella|el|persona)?", end),
  ),
  // Italian
  rule(
    of("spoglia(?:la|lo|li|re)?", "denuda(?:la|lo)?", "svesti(?:la|lo)?"),
    of(" (?:la |il |questa )?(?:donna|ragazza|uomo|ragazzo|persona)", end),
  ),
  rule(
    of("donna", "donne", "ragazza", "ragazze", "uomo", "lei", "persona"),
    "(?: e| completamente)* ",
    of("nud[aoie]", "senza (?:vestiti|reggiseno|mutande)", "in topless"),
  ),
  rule(
    of("togli(?:le|gli|ere)?", "rimuovi", "leva(?:le)?"),
    " (?:tutti )?(?:i|la|il|le)?(?: suoi| sua| suo)? ?",
    of("vestiti", "reggiseno", "mutande", "camicetta", "gonna", "abiti"),
  ),
  // Portuguese
  rule(
    of("tir(?:a|e|ar)", "remov(?:a|e|er)"),
    " (?:toda )?(?:a|as|o|os) ",
    of("roupas?", "vestido", "camisa", "sutia", "calcinha", "saia", "biquini"),
    of(" (?:dela|dele|da (?:mulher|garota|menina|moca)|do homem)", end),
  ),
  rule(
    of("mulher", "mulheres", "garota", "menina", "homem", "ela", "pessoa"),
    "(?: esta| completamente)* ",
    of("nua?s?", "pelad[ao]s?", "sem (?:roupas?|sutia|calcinha)"),
  ),
  rule("(?:dispa|despe|despir)(?:-a|-o)?", of(" (?:a |o )?(?:mulher|garota|menina|homem)", end)),
  // Dutch
  rule("kleed (?:haar|hem|de vrouw|het meisje|de man)(?: [\\p{L}]+){0,2} uit"),
  rule(of("naakte", "blote"), " ", of("vrouw", "vrouwen", "meisje", "man", "mannen", "persoon")),
  rule(
    of("vrouw", "meisje", "man", "haar", "hem"),
    "(?: helemaal)? ",
    of("naakt", "zonder kleren", "uitkleden", "topless"),
  ),
  rule(
    of("verwijder", "trek", "doe"),
    " ",
    of("haar", "zijn"),
    "(?: [\\p{L}]+)? ",
    of("kleren", "kleding", "jurk", "bh", "shirt", "broek", "rok", "ondergoed"),
  ),
  // Polish
  rule(of("rozbierz", "rozebrac"), " (?:ja|jego|kobiete|dziewczyne|mezczyzne)"),
  rule(of("naga", "gola", "nagie"), " ", of("kobiet[aey]", "dziewczyn[ay]")),
  rule(of("kobieta", "dziewczyna", "ja"), " ", of("nago", "bez (?:ubrania|ubran|stanika|bielizny)")),
  // Russian
  rule(of("раздень", "раздеть", "раздевай"), of(" (?:ее|его|их|девушку|женщину|мужчину|человека)", end)),
  rule(
    of("гол(?:ая|ую|ой|ый|ого)", "обнаженн(?:ая|ую|ый|ого)"),
    " ",
    of("девушк[ауи]", "женщин[ауы]", "мужчин[ауы]", "человека?"),
  ),
  rule(
    of("сними", "убери", "сотри", "удали"),
    " с (?:нее|него|девушки|женщины|мужчины) ",
    of("одежду", "платье", "белье", "рубашку", "лифчик", "юбку"),
  ),
  rule(of("девушка", "женщина", "ее", "она", "его"), " без (?:одежды|белья|лифчика|трусов)"),
  // Chinese and Japanese, which put no spaces between words.
  /(?:脱掉|脱下|脱去|去掉|移除)(?:她|他|女人|女孩|女生|男人|这个人)[\p{L}]{0,4}(?:衣服|裙子|内衣|上衣|裤子)/u,
  /(?:她|他|女人|女孩|女生|男人)[\p{L}]{0,4}(?:裸体|全裸|赤裸|一丝不挂|不穿衣服)|(?:裸体|全裸|赤裸)的?(?:女人|女孩|女生|男人)/u,
  /(?:彼女|彼|女性|女の子|少女|男性|人)[\p{L}]{0,3}(?:を|の)?(?:裸に|全裸|ヌード|服を脱が|脱がせ)|(?:裸の|全裸の)(?:女性|女の子|少女|男性)/u,
];

const rules: readonly RegExp[] = [...english, ...german, ...french, ...others];
