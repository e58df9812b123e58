import type { AdminsCatalogue } from "./en.ts";

/** Deutsch: what is said of the admins' rules. */
export const adminsDe: AdminsCatalogue = {
  "command.admin moderators": "Welche dieser Befehle eine Rolle oder Gruppe nutzen darf",
  "command.admin cooldown": "Wie lange jemand von einer Bearbeitung bis zur nächsten wartet",
  "command.admin private": "Ob Bearbeitungen privat sind, wenn niemand etwas dazu sagt",
  "command.admin variations": "Ob andere Ergebnisse als eigene Nachrichten kommen",
  "option.seconds": "Sekunden; 0 für keine",
  "option.commands": "Namen von Befehlen, etwa: cancel block audit",
  "admin.moderators.none": "Es gibt keine Moderatoren.",
  "admin.moderators.line": "{who}: {commands}",
  "admin.moderators.which": "Sag, welche <c>group</c>.",
  "admin.moderators.unknown":
    "<c>{name}</c> können Moderatoren nicht bekommen. Diese gehen: {commands}. Es wurde nichts geändert.",
  "admin.cooldown":
    "{every, select, none {Hier wartet niemand von einer Bearbeitung bis zur nächsten.} other {Hier liegt zwischen zwei Bearbeitungen einer Person mindestens diese Zeit: {every}.}}",
  "admin.cooldown.channel": "{channel}: {every, select, none {keine Wartezeit} other {{every}}}",
  "admin.private":
    "{on, select, yes {Bearbeitungen sind hier privat: Ergebnisse kommen als Direktnachricht.} other {Bearbeitungen sind hier für alle zu sehen.}}",
  "admin.private.channel": "{channel}: {on, select, yes {privat} other {für alle zu sehen}}",
  "admin.private.how": "Wer {example} angibt, zeigt seine Bearbeitung trotzdem allen.",
  "admin.variations":
    "{on, select, yes {Andere Ergebnisse kommen als eigene Nachrichten: Niemand dreht ein Bild weg, das andere ansehen.} other {Andere Ergebnisse kommen an die Stelle dessen, das gezeigt wird.}}",
  "error.limit-cooldown":
    "Hier liegt zwischen zwei Bearbeitungen mindestens diese Zeit: {every}. Bis zu deiner nächsten sind es noch {left}.",
  "command.admin log": "Wo Admins lesen, was beginnt, endet und abgelehnt wird und wer was steuert",
  "admin.log":
    "{where, select, none {Bearbeitungen und was Admins tun, melde ich in keinem Kanal.} other {Bearbeitungen und was Admins tun, melde ich in {where}.{works, select, no { Dort kann ich im Moment nicht schreiben.} other {}}}}",
  "log.opened":
    "📋 {who} hat diesen Kanal als mein Protokoll gewählt: welche Bearbeitungen beginnen, enden und abgelehnt werden, und was Admins tun. Von privaten nenne ich weder Worte noch Bilder.",
  "log.begun": "🖌️ {who} in {where}: <b>{prompt}</b>",
  "log.begun.private": "🖌️ {who}: eine private Bearbeitung",
  "log.done": "✅ Fertig in {time}.",
  "log.kept": "📭 Fertig in {time}, aber nicht zustellbar; es liegt in der Warteschlange bereit.",
  "log.cancelled": "🚫 {by, select, none {Abgebrochen.} other {Abgebrochen von {by}.}}",
  "log.failed": "⚠️ Fehlgeschlagen. Gesagt wurde: {reason}",
  "log.refused":
    "⛔ {count, plural, =1 {Eine Bearbeitung} other {# Bearbeitungen}} von {who}{where, select, none {} other { in {where}}} abgelehnt. Gesagt wurde: {reason}",
  "log.action": "🛠️ {who}: {action} {details}",
  "log.trouble":
    "⚠️ In meinen Protokollkanal {where} kann ich nicht mehr schreiben: Es gibt ihn nicht mehr, oder ich darf dort nicht schreiben. Alles andere geht weiter. {command} wählt einen anderen.",
  "home.queue": "Warteschlange",
  "home.edits": "Deine letzten Bearbeitungen",
  "home.settings": "Einstellungen",
  "home.open": "Öffnen",
  "home.none": "Noch nichts. Schick mir hier unter „Nachrichten“ ein Bild, oder nimm <c>/edit</c>.",
  "home.over":
    "{how, select, done {✨} cancelled {🚫} other {⚠️}} <b>{prompt}</b> · {time}{kept, select, yes {} other { · Bilder nicht mehr vorhanden}}",
  "home.mentions.on": "Erwähne mich",
  "home.mentions.off": "Erwähne mich nicht",
  "home.rules":
    "Du kannst {waiting, number} Bearbeitungen warten oder laufen lassen und {perDay, number} in 24 Stunden starten{cooldown, select, none {} other {; dazwischen liegt mindestens: {cooldown}}}.{private, select, yes { Wenn du nichts dazu sagst, sind Bearbeitungen privat.} other {}}",
  "answer.queued.outside":
    "Alles klar! Das Ergebnis kommt gleich hierher, nur für dich, wenn es in einer Viertelstunde fertig ist. Danach hat {queue} es für dich.",
  "error.outside-refused":
    "Ich arbeite nur auf Servern, auf denen ich bin, und in Direktnachrichten an mich.",
  "command.admin packs": "Welche Rollen oder Gruppen ein Modellpaket nutzen dürfen",
  "admin.packs.which": "Sag, welches <c>pack</c>. Es gibt: {packs}.",
  "admin.packs.group": "Sag, welche <c>group</c>.",
  "admin.packs.line": "<c>{pack}</c>: {who, select, all {alle} none {niemand} other {{who}}}",
  "error.pack-refused":
    "Du darfst <c>{pack}</c> hier nicht nutzen. {count, plural, =0 {Frag einen Admin danach.} other {Du darfst: {packs}.}}",
  "home.avatar.on": "Mein Profilbild freigeben",
  "home.avatar.off": "Profilbild nur für mich",
  "home.defaults": "Das gilt, wo du nichts wählst.",
  "home.defaults.clear": "Meine Vorgaben löschen",
};
