import { end, of, rule } from "./phrase.ts";

export const others: readonly RegExp[] = [
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
