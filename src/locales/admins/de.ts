import type { AdminsCatalogue } from "./en.ts";

/** Deutsch: what is said of the admins' rules. */
export const adminsDe: AdminsCatalogue = {
  "command.admin moderators": "Welche dieser Befehle eine Rolle oder Gruppe nutzen darf",
  "command.admin cooldown": "Wie lange jemand von einer Bearbeitung bis zur nächsten wartet",
  "command.admin private": "Ob Bearbeitungen privat sind, wenn niemand etwas dazu sagt",
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
  "error.limit-cooldown":
    "Hier liegt zwischen zwei Bearbeitungen mindestens diese Zeit: {every}. Bis zu deiner nächsten sind es noch {left}.",
};
