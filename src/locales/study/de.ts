import type { StudyCatalogue } from "./en.ts";

/** Deutsch: what is said of studies. */
export const studyDe: StudyCatalogue = {
  "command.study": "Leute fragen, welche Bearbeitung besser ist, ohne zu sagen, von wem sie ist",
  "command.study start": "Eine Studie in diesem Kanal beginnen",
  "command.study pause": "Eine Weile keine Stimmen annehmen",
  "command.study resume": "Wieder Stimmen annehmen",
  "command.study stop": "Keine Stimmen mehr annehmen; Ergebnisse bleiben",
  "command.study results": "Welches Verfahren vorne liegt und wie sicher das ist; nur für Admins",
  "command.study export": "Alle Stimmen einer Studie als CSV-Datei, nur für Admins",
  "command.study list": "Studien dieser Gemeinschaft, und welche Bilderreihen es gibt",
  "command.study remove": "Eine Studie mit allen Stimmen löschen",
  "option.set": "Name einer Reihe von Ergebnissen",
  "option.methods": "Verfahren zum Vergleichen, durch Kommas getrennt; ohne Angabe alle der Reihe",
  "option.against": "Dieses Verfahren mit allen anderen vergleichen; ohne Angabe alle mit allen",
  "option.pairs": "Wie viele Paare jemand höchstens zu sehen bekommt (40)",
  "option.study": "Kennung einer Studie; ohne Angabe die letzte dieses Kanals",

  "button.vote": "Abstimmen",
  "button.left": "Links",
  "button.tie": "Gleich gut",
  "button.right": "Rechts",

  "study.question":
    "<b>Welche Bearbeitung ist besser?</b>\nDu siehst ein Bild, was daraus werden sollte, und zwei Bearbeitungen, ohne zu wissen, von wem sie sind. Deine Paare und deine Wahl siehst nur du.",
  "study.state":
    "{state, select, running {Mit <i>Abstimmen</i> fängst du an oder machst weiter.} paused {Angehalten: Stimmen werden später wieder angenommen.} other {Diese Studie ist vorbei. Danke!}}",
  "study.progress":
    "{count, plural, =0 {Noch hat niemand abgestimmt.} one {# Person hat {votes, plural, one {#-mal} other {#-mal}} abgestimmt.} other {# Personen haben {votes, plural, one {#-mal} other {#-mal}} abgestimmt.}}",
  "study.pair":
    "<b>{prompt}</b>\nWelches Ergebnis passt besser zu diesen Worten und lässt den Rest des Bildes, wie er ist? Oben steht das Bild, wie es war.\nPaar {number, number} von {of, number}",
  "study.alt":
    "{which, select, source {Das Bild vor der Bearbeitung} left {Das linke Ergebnis} right {Das rechte Ergebnis} other {Oben das Bild vor der Bearbeitung, darunter zwei Ergebnisse, links und rechts}}. Gewünscht war: {prompt}",
  "study.done":
    "{count, plural, =0 {Es gibt nichts zu vergleichen.} one {Das war dein Paar. Danke!} other {Das waren alle deine # Paare. Danke!}}",
  "study.started":
    "Die Studie zu <c>{set}</c> läuft: {methods, plural, one {# Verfahren} other {# Verfahren}}, {pictures, plural, one {# Bild} other {# Bilder}}. Ihre Kennung ist <c>{study}</c>.",
  "study.changed":
    "Die Studie zu <c>{set}</c> {state, select, running {nimmt wieder Stimmen an} paused {nimmt vorerst keine Stimmen an} other {ist vorbei; ihre Ergebnisse bleiben}}.",
  "study.removed":
    "Die Studie zu <c>{set}</c> ist gelöscht, mit {votes, plural, one {ihrer # Stimme} other {ihren # Stimmen}}.",
  "study.none": "Hier gibt es noch keine Studie.",
  "study.line":
    "<c>{study}</c> {set} · {state, select, running {läuft} paused {angehalten} other {vorbei}} · {where} · {votes, plural, one {# Stimme} other {# Stimmen}}",
  "study.sets":
    "{sets, select, none {Es gibt keine Bilderreihe. Wer den Bot betreibt, legt sie in den Ordner, den <c>LRBOT_STUDY_SETS</c> nennt.} other {Bilderreihen: <c>{sets}</c>}}",
  "study.results":
    "<b>Studie zu {set}</b> ({state, select, running {läuft} paused {angehalten} other {vorbei}}): {count, plural, one {# Person} other {# Personen}}, {votes, plural, one {# Stimme zählt} other {# Stimmen zählen}}.",
  "study.preference":
    "<b>{method}</b> lieber als {other}: <b>{share} ± {deviation}</b> (95 %: {low} bis {high}; {votes, plural, one {# Stimme} other {# Stimmen}}, davon {ties, plural, other {#}} unentschieden){needed}",
  "study.preference.none": "<b>{method}</b> lieber als {other}: noch keine Stimmen.",
  "study.needed":
    "{kind, select, votes {{more, plural, =0 {, auf ±3 % bekannt} one {, noch # Stimme bis ±3 %} other {, noch # Stimmen bis ±3 %}}} other {, ±3 % brauchen eine Reihe von mindestens {more, plural, other {#}} Bildern}}",
  "study.average": "Im Mittel: <b>{share}</b>",
  "study.scores":
    "<b>Werte nach Bradley und Terry</b> als Logarithmen der Chancen, mit Intervallen von 95 %:",
  "study.score": "• {method}: <b>{score}</b> ({interval})",
  "study.failed":
    "Nicht gezählt: {count, plural, one {# Person} other {# Personen}}, die bei der Aufmerksamkeitsprobe durchfielen, mit {votes, plural, one {# Stimme} other {# Stimmen}}.",
  "study.unchecked":
    "{count, plural, one {# Person} other {# Personen}} von denen, die zählen, hörten vor der ersten Probe auf.",
  "study.gone":
    "{count, plural, one {# Bild der Reihe lässt} other {# Bilder der Reihe lassen}} sich nicht mehr zeigen.",
  "study.more": "{count, plural, one {… und # weitere Zeile.} other {… und # weitere Zeilen.}}",
  "study.export":
    "{votes, plural, one {# Antwort} other {# Antworten}} in der Studie zu <c>{set}</c>, als CSV-Datei. Weder Personen noch Prompts stehen darin.",
  "study.export.none": "Noch hat niemand abgestimmt, es gibt also nichts zu exportieren.",
  "answer.forget.votes":
    "{votes, plural, one {# Stimme von dir in Studien löschen?} other {# Stimmen von dir in Studien löschen?}} Das lässt sich nicht rückgängig machen.",
  "answer.forgotten.votes":
    "{votes, plural, one {# Stimme von dir in Studien ist gelöscht.} other {# Stimmen von dir in Studien sind gelöscht.}}",

  "error.study-set-missing":
    "Die Bilderreihe <c>{set}</c> gibt es nicht. {sets, select, none {Wer den Bot betreibt, legt Reihen in den Ordner, den <c>LRBOT_STUDY_SETS</c> nennt.} other {Es gibt: <c>{sets}</c>}}",
  "error.study-set-invalid":
    "Die Bilderreihe <c>{set}</c> ist nicht zu gebrauchen: Zeile {line, number} ihrer <c>study.jsonl</c> ist falsch ({got}).",
  "error.study-methods-too-few":
    "In der Bilderreihe <c>{set}</c> gibt es nichts zu vergleichen: Ein Bild braucht Ergebnisse von zwei Verfahren, und sie hat {methods, select, none {keins} other {<c>{methods}</c>}}.",
  "error.study-method-missing":
    "Die Bilderreihe hat kein Verfahren <c>{method}</c>. Ihre Verfahren: <c>{methods}</c>",
  "error.study-running":
    "In diesem Kanal ist schon eine Studie, zu <c>{set}</c>. Beende sie zuerst, oder beginne die neue in einem anderen Kanal.",
  "error.study-missing": "So eine Studie gibt es hier nicht.",
  "error.study-not-running": "Diese Studie nimmt gerade keine Stimmen an.",
  "error.study-elsewhere": "Diese Studie gehört zu {channel}. Stimm dort ab.",
  "error.study-pair-gone":
    "Dieses Paar ist nicht deins, oder nicht mehr. <i>Abstimmen</i> unter der Nachricht der Studie bringt dein nächstes.",
  "error.study-pictures-gone": "Die Bilder dieser Studie sind weg. Ein Admin muss sie zurücklegen.",
};
