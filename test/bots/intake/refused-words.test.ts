import { describe, expect, it } from "vitest";
import { hasRefusedWord } from "../../../src/bots/intake/refused-words.ts";

/** What an admin refuses, and how members spell it. */
const refused: Readonly<Record<string, readonly [words: readonly string[], spellings: readonly string[]]>> = {
  "as it is, in capitals, with accents": [
    ["gun", "nude", "red button"],
    [
      "a gun",
      "GUN!",
      "a GÚN",
      "(nude)",
      "“nude”",
      "big  red-button",
      "RED. Button",
      "gun",
      "a gun/knife",
      "nude_girl",
    ],
  ],
  "in the plural": [
    ["gun", "nude", "body", "knife", "bitch", "Waffe", "bateau", "Leiche"],
    [
      "guns",
      "two nudes",
      "many bodies",
      "KNIVES",
      "bitches",
      "viele Waffen",
      "des bateaux",
      "Leichen",
      "the gun's grip",
    ],
  ],
  "as a part that is told apart": [
    ["gun", "nude"],
    ["nude-photo", "gun_fight", "NudeGirl", "gun-man", "hand/gun", "nude2", "18nude", "a big#gun"],
  ],
  "with dots, signs and spaces between the letters": [
    ["gun", "nude"],
    [
      "g.u.n",
      "g u n",
      "n-u-d-e",
      "n . u . d . e",
      "nu.de",
      "n_u_d_e",
      "g  u  n",
      "nu\u200bde",
      "n\u00adude",
      "g·u·n",
      "n*u*d*e",
    ],
  ],
  "with digits and signs for letters": [
    ["nude", "sex", "porn", "ass", "tit", "gang"],
    ["nud3", "nud℮", "5ex", "$ex", "p0rn", "@ss", "@$$", "a55", "t1t", "t!t5", "g4ng", "s3x", "p*rn", "P0RN"],
  ],
  "in letters that look the same": [
    ["nude", "bomb", "gun", "kill", "sex"],
    [
      ...[
        "nudе",
        "nυde",
        "ոude",
        "ｎｕｄｅ",
        "𝓃𝓊𝒹ℯ",
        "𝗻𝘂𝗱𝗲",
        "ⓝⓤⓓⓔ",
        "🅽🆄🅳🅴",
        "🇳🇺🇩🇪",
        "ɴude".replace("ɴ", "n"),
      ],
      ...[
        "ВОМВ",
        "воmb".replace("воm", "bоm"),
        "gսn",
        "ɡun",
        "kіll",
        "KІLL",
        "kiӏl",
        "ѕех",
        "ꜱex",
        "n\u0338u\u0337d\u0336e",
      ],
    ],
  ],
  "drawn out": [
    ["nude", "kill", "blood", "ass", "sex", "red button", "голая", "סמים"],
    [
      ...[
        "nuuude",
        "nnnude",
        "nnuuddee",
        "nudeeee",
        "NUUUUDES",
        "kiiill",
        "killlll",
        "blooood",
        "asssss",
        "aaasss",
      ],
      ...["sexxx", "s3xxx", "nuuudе", "reeed buttton", "гооолая", "סמיייםםם"],
    ],
  ],
  "in small capitals, by letters of a like shape, with signs of money": [
    ["nude", "gun", "sex", "porn", "kill", "rape"],
    [
      ...[
        "ɴᴜᴅᴇ",
        "ɢᴜɴ",
        "ꜱᴇx",
        "ɲude",
        "nudə",
        "пude",
        "иude",
        "nиde",
        "nμde",
        "nudε",
        "nu∂e",
        "s€x",
        "sєx",
        "ꞩex",
      ],
      ...["кill", "κill", "ⱪill", "pоrп", "яape", "₦ude"],
    ],
  ],
  "with marks of chats, emoji and hidden letters": [
    ["nude", "fuck", "shit", "gun"],
    [
      ...["nu**de**", "nu||de||", "n|u|d|e", "n+u+d+e", "nu`d`e", "n♥ude", "n🙂u🙂d🙂e", "n🔥u🔥de"],
      ...["f#ck", "f@ck", "f**k", "fvck", "sh#t", "6un", "9un"],
    ],
  ],
  "in the plural of the language": [
    ["Frau", "mujer", "box", "hero", "Zeitung"],
    ["Frauen", "mujeres", "boxes", "heroes", "Zeitungen"],
  ],
  "in Cyrillic": [
    ["бомба", "наркотик", "*оруж*", "нож"],
    [
      "бомба",
      "БОМБА",
      "Наркотик",
      "наркотики",
      "нapкoтик",
      "б.о.м.б.а",
      "оружие",
      "вооружён",
      "ножом",
      "н о ж",
    ],
  ],
  "in Greek": [
    ["όπλο", "βόμβα", "γυμνός"],
    ["όπλο", "ΟΠΛΟ", "οπλο", "βόμβα!", "ΓΥΜΝΟΣ", "ό.π.λ.ο"],
  ],
  "in Arabic": [
    ["سلاح", "*قنبل*"],
    [
      "سلاح",
      "سِلَاح",
      "ســلاح",
      "س ل ا ح",
      "قنبلة",
      "القنبلة",
      "السلاح",
      "بالسلاح",
      "سلاحا",
      "سلاحهم",
      "سلاااح",
      "ﺳﻼﺡ",
    ],
  ],
  "in Hebrew": [
    ["נשק", "*פצצ*"],
    ["נשק", "נֶשֶׁק", "נ.ש.ק", "פצצה", "הפצצות", "הנשק", "והנשק", "כשהנשק", "נשקים"],
  ],
  "in Chinese": [
    ["裸体", "枪", "炸弹"],
    ["裸体", "一个裸体的女人", "画一把枪", "他有炸弹吗", "裸 体", "裸.体", "a裸体b"],
  ],
  "in Japanese": [
    ["ヌード", "裸", "爆弾"],
    [
      "ヌード",
      "ヌ―ド",
      "ヌ一ド",
      "ヌ・ー・ド",
      "ヌード写真を描いて",
      "ﾇｰﾄﾞ",
      "ぬーど",
      "裸の女性",
      "爆弾を持つ犬",
      "爆.弾",
    ],
  ],
  "in Thai": [
    ["ปืน", "เปลือย", "ระเบิด"],
    ["ปืน", "คนถือปืน", "ผู้หญิงเปลือย", "มีระเบิดในรถ", "เ ป ลื อ ย", "เปลื\u200bอย"],
  ],
  "in Hindi": [
    ["बंदूक", "नंगा"],
    ["बंदूक", "एक बंदूक वाला आदमी", "बं.दू.क", "नंगा आदमी"],
  ],
  "in Korean": [
    ["누드", "총"],
    ["누드", "누드를 그려줘", "총을 든 개", "누.드", "ㄴㅜㄷㅡ", "ㅊㅗㅇ", "누드ㅋㅋㅋ"],
  ],
  "inside words, where the admin asks for that": [
    ["*gun*", "porn*", "*waffe", "*裸*"],
    ["gunman", "handgunner", "pornstar", "Schusswaffen".slice(0, 11), "begun", "全裸的人", "h4ndgun"],
  ],
  "as a number": [
    ["88", "1488"],
    ["88", "the 88.", "1488!"],
  ],
};

/** What has the same letters and is something else. */
const allowed: readonly (readonly [words: readonly string[], texts: readonly string[]])[] = [
  [
    ["cunt", "shit", "ass", "sex"],
    [
      "Scunthorpe",
      "shitake mushrooms",
      "class",
      "glass",
      "grass",
      "bass",
      "assassin",
      "Essex",
      "Sussex",
      "Middlesex",
      "sextant",
    ],
  ],
  [
    ["rape", "nazi", "nude", "tit"],
    [
      "a grape",
      "grapes",
      "drapes",
      "rapeseed",
      "Nazis'".slice(0, 3),
      "denuded hills",
      "title",
      "titanium",
      "petite",
    ],
  ],
  [
    ["gun", "god", "hell", "ill", "cant"],
    ["begun", "a gunwale", "good dog", "he'll paint it", "hello", "shell", "I'll go", "a hill", "we can't"],
  ],
  [
    ["ass", "bob", "sos", "to", "bass"],
    ["455 flowers", "808 bulbs", "505 miles", "70 trees", "$55", "8455"],
  ],
  [
    ["porn", "butt", "cock", "dick"],
    ["a pom pom", "popcorn", "butter", "button", "peacock", "cocktail", "Dickens"],
  ],
  [
    ["fag", "god", "gas"],
    ["the F49", "0F46", "60d708", "945 trees"],
  ],
  [
    ["as", "is", "war"],
    ["ass", "a wart", "warn", "warm", "this", "basis", "wares", "waren"],
  ],
  [
    ["god", "cop", "ass", "hit", "tit", "wood", "gold", "cut", "pen"],
    [
      ...[
        "good",
        "a coop",
        "as",
        "a good coop",
        "whitten",
        "kitten",
        "a titbit",
        "wooden",
        "golden",
        "a CVT",
      ],
      ...["open", "R&D", "rock & roll", "1+1", "C++", "**bold** as"].slice(0, 7),
    ],
  ],
  [
    [
      "anal",
      "cock",
      "dick",
      "homo",
      "shit",
      "cum",
      "hoe",
      "die",
      "spic",
      "coon",
      "nig",
      "arse",
      "crap",
      "bra",
      "meth",
    ],
    [
      ...[
        "analysis",
        "analog",
        "a canal",
        "banal",
        "cocktail",
        "cockpit",
        "Dickens",
        "Benedict",
        "homework",
        "chromosome",
      ],
      ...[
        "Matsushita",
        "cucumber",
        "document",
        "vacuum",
        "a shoe",
        "soldier",
        "diet",
        "conspicuous",
        "spice",
        "raccoon",
      ],
      ...[
        "cocoon",
        "night",
        "parse",
        "coarse",
        "scrap",
        "brass",
        "zebra",
        "method",
        "Methodist",
        "Phoebe",
        "circumference",
      ],
    ],
  ],
  [
    ["cum", "tun", "pot", "rape", "nude"],
    ["сим карта", "тип", "я рад", "гриб", "пирог", "ночь", "νερό", "μωρό"],
  ],
  [["成人"], ["完成人民的工作"]],
  [
    ["موت", "سلاح", "حمار"],
    ["موتور", "سلحفاة", "إصلاح", "حمراء", "سماوات"],
  ],
  [
    ["נשק", "זין"],
    ["נשיקה", "מגזין", "נשקף"],
  ],
  [
    ["누드", "이년"],
    ["부드러운 털", "이 년"],
  ],
  [
    ["бомба", "нож", "рак"],
    ["бомбардир", "ножницы", "ракета", "дорога"],
  ],
  [
    ["性交", "裸"],
    ["男性交流", "女性交通安全"],
  ],
  [["ヌード"], ["カヌードライブ", "ヌードル"]],
  [["총"], ["총리", "총각"]],
  [["88"], ["1988", "88888", "8"]],
  [["कमल"], ["कमाल", "कमला"]],
  [["กด"], ["กิด", "กุด"]],
  [
    ["", " - ", "*", "**"],
    ["anything", "a - b", "*"],
  ],
];

const cases = Object.entries(refused).flatMap(([how, [words, spellings]]) =>
  spellings.map((spelling) => [how, words, spelling] as const),
);

describe("a refused word is found", () => {
  it.each(cases)("%s, %j: %j", (_, words, spelling) => {
    expect(hasRefusedWord(spelling, words)).toBe(true);
    expect(hasRefusedWord(`a picture, ${spelling}, at night`, words)).toBe(true);
  });

  it("in more than a hundred spellings of more than eight scripts", () => {
    expect(cases.length).toBeGreaterThan(100);
    const scripts = "Latin Cyrillic Greek Arabic Hebrew Han Katakana Thai Devanagari Hangul".split(" ");
    const text = cases.map(([, , spelling]) => spelling).join(" ");
    expect(scripts.filter((script) => !new RegExp(`\\p{Script=${script}}`, "u").test(text))).toEqual([]);
  });
});

describe("a refused word is not found", () => {
  it.each(allowed.flatMap(([words, texts]) => texts.map((text) => [words, text] as const)))(
    "%j in %j",
    (words, text) => {
      expect(hasRefusedWord(text, words)).toBe(false);
      expect(hasRefusedWord(`picture of ${text} by night`, words)).toBe(false);
    },
  );
});

it("a long text and a word of repeated letters and signs are compared in steps that grow with their lengths alone", () => {
  const words = [
    "a".repeat(100),
    "il".repeat(50),
    `*${"i".repeat(98)}*`,
    "a b ".repeat(25),
    "i ".repeat(50),
    "il i".repeat(25),
    "*".repeat(100),
    "uv".repeat(50),
    "n u ".repeat(25),
  ];
  for (const letter of [
    "a",
    "1",
    "*",
    ".",
    "!",
    "a.",
    " a",
    "1!",
    "i!",
    "! ",
    "#",
    "a#",
    "a|",
    "u",
    "v",
    "и",
    "nnu",
  ]) {
    expect(hasRefusedWord(`x${letter.repeat(1000)}`.slice(0, 1000), words), letter).toBeTypeOf("boolean");
  }
});
