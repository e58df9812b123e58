import { adminsDe } from "./admins/de.ts";
import type { Catalogue } from "./en.ts";
import { pageDe } from "./page/de.ts";
import { studyDe } from "./study/de.ts";

/** Deutsch. */
export const de: Catalogue = {
  "command.edit": "Ein Bild mit einem Satz bearbeiten",
  "command.settings":
    "Was deine Bearbeitungen nehmen, wenn du nichts wählst; für Kanal oder alle: durch Admins",
  "command.queue": "Deine Aufträge, und wie lang die Warteschlange ist",
  "command.help": "Was dieser Bot kann, mit Beispielen",
  "command.mentions": "Ob ich dich erwähne, wenn ein Ergebnis länger als eine halbe Minute gedauert hat",
  "command.avatar": "Ob andere dein Profilbild bearbeiten lassen dürfen",
  "command.forget": "Deine Bilder und Aufträge löschen",
  "command.admin": "Den Bot beobachten und steuern",
  "command.admin queue": "Spuren, wartende Aufträge und die Zahlen von heute",
  "command.admin pause": "Auf einer Spur oder allen keine neuen Aufträge annehmen",
  "command.admin resume": "Auf einer Spur oder allen wieder Aufträge annehmen",
  "command.admin cancel": "Einen Auftrag, alle einer Person oder alle abbrechen",
  "command.admin move": "Einen wartenden Auftrag nach vorn holen",
  "command.admin drain":
    "Laufendes auf einer Spur, einem Rechner oder allen beenden und dort nichts mehr annehmen",
  "command.admin limits": "Wie viele Aufträge jemand warten lassen und pro Tag haben darf",
  "command.admin block": "Von einer Person keine Aufträge mehr annehmen",
  "command.admin unblock": "Von einer gesperrten Person wieder Aufträge annehmen",
  "command.admin channels": "Wo der Bot antwortet",
  "command.admin words": "Wörter, die nicht in Sätzen stehen dürfen",
  "command.admin safety": "Was mit Bildern geschieht, die die Prüfung für anstößig hält",
  "command.admin reset": "Eine Einstellung auf den Anfangswert zurücksetzen",
  "command.admin mentions": "Ob Ergebnisse, die etwas gedauert haben, erwähnen, wer darum gebeten hat",
  "command.admin audit": "Was Admins getan haben, Neuestes zuerst",
  "option.prompt": "Was gemalt werden soll, auf Englisch, etwa: a big tree with many flowers",
  "option.image": "Das Bild, das bearbeitet wird",
  "option.negative": "Was nicht ins Bild soll, auf Englisch, etwa: people, text",
  "option.strength": "Wie viel sich ändert: etwas (touch), mehr (some) oder alles (all)",
  "option.where":
    "Wo gesucht wird: left, right, top, bottom, middle, oder ein Kasten in Prozent: 10,20,50,40",
  "option.results": "Wie viele Ergebnisse, höchstens",
  "option.pack": "Welches Modell malt",
  "option.style": "In welchem Stil",
  "option.for": "Wessen: meine (me), die in diesem Kanal (channel) oder alle hier (workspace), für Admins",
  "option.source": "Was im Bild ersetzt werden soll, auf Englisch, etwa: dog",
  "option.seed": "Eine Zahl: dieselbe malt dasselbe Bild noch einmal",
  "option.overlay": "Im Ergebnis die Fläche zeigen, die ich bemalt habe",
  "option.box": "Wo gemalt wird, in Pixeln des Bildes: links,oben,Breite,Höhe",
  "option.from": "Statt anzuhängen: last, oder die Adresse eines Bildes oder einer Nachricht von hier",
  "option.avatar": "Statt anzuhängen: das Profilbild von jemandem, der das erlaubt",
  "option.method": "Womit bearbeitet wird",
  "option.private": "Nur für dich: das Ergebnis kommt als Direktnachricht",
  "option.lane": "Eine Spur, etwa cuda:0, oder ein Rechner, etwa gpu1; ohne Angabe alle",
  "option.job": "Nummer des Auftrags",
  "option.member": "Eine Person",
  "option.all": "Alle wartenden und laufenden Aufträge",
  "option.waiting": "Aufträge, die jemand warten oder laufen lassen darf",
  "option.per_day": "Aufträge, die jemand in 24 Stunden beginnen darf",
  "option.group": "Eine Rolle oder Gruppe",
  "option.clear": "Auf Standard zurücksetzen",
  "option.channel": "Ein Kanal",
  "option.do": "Was zu tun ist",
  "option.word": "Ein Wort oder Ausdruck; *Wort* wird auch in anderen Wörtern gefunden",
  "option.setting": "Welche Einstellung",
  "option.last": "Wie viele Einträge, höchstens 50",
  "action.edit": "Bild bearbeiten",
  "action.marks": "Wurde das bearbeitet?",
  "marks.type":
    "Die Datei sagt: {type, select, none {nichts darüber, wie sie entstand} trainedAlgorithmicMedia {von KI gemacht} compositeWithTrainedAlgorithmicMedia {mit KI bearbeitet} other {<c>{type}</c>}}.",
  "marks.manifest":
    "{where, select, none {Sie hat keine Inhaltsnachweise (C2PA).} linked {Sie nennt Inhaltsnachweise (C2PA), die anderswo liegen.} earlier {Woraus sie gemacht ist, hatte Inhaltsnachweise (C2PA).} embedded {Sie hat Inhaltsnachweise (C2PA), die ich nicht lesen kann.} Invalid {Sie hat Inhaltsnachweise (C2PA), die nicht zum Bild passen.} other {Sie hat Inhaltsnachweise (C2PA), die zum Bild passen; wer sie unterschrieb, habe ich nicht nachgeschlagen.}}",
  "marks.invisible":
    "{found, select, yes {Das Bild trägt das unsichtbare Zeichen dieses Bots: durch Zufall sieht höchstens eines von {pictures, number} Bildern so aus.} other {Das unsichtbare Zeichen dieses Bots wurde nicht gefunden.}}",
  "marks.nothing": "Das beweist nichts: Zeichen gehen unterwegs verloren, und andere Programme haben andere.",

  "time.seconds": "{count, plural, one {# Sekunde} other {# Sekunden}}",
  "time.minutes": "{count, plural, one {# Minute} other {# Minuten}}",
  "time.hours": "{count, plural, one {# Stunde} other {# Stunden}}",
  "time.soon": "gleich",
  "time.about": "in etwa {time}",

  "job.for": " · für {who}",
  "job.waiting":
    "⏳ <b>{prompt}</b>{for}\n{position, plural, =1 {Als Nächstes dran} other {Platz # in der Warteschlange}}{start, select, none {} other {, beginnt {start}}}.",
  "job.waiting.paused":
    "⏳ <b>{prompt}</b>{for}\n{position, plural, =1 {Als Nächstes dran} other {Platz # in der Warteschlange}}. Ein Admin hat die Warteschlange angehalten; der Auftrag behält seinen Platz.",
  "job.running":
    "🎨 <b>{prompt}</b>{for}\n<c>{bar}</c> {percent, number, percent} · {phase}{left, select, none {} other { · noch {left}}}",
  "job.first":
    "🎨 <b>{prompt}</b>{for}\nDas erste Ergebnis. Die anderen werden noch gemalt.{ai, select, yes { (KI-bearbeitet)} other {}}",
  "job.first.alt": "Erstes bearbeitetes Bild: {prompt}. Weitere werden noch gemalt.",
  "job.preview": "<i>Ein Entwurf davon, wie es werden kann.</i>{ai, select, yes { (KI-bearbeitet)} other {}}",
  "job.preview.alt": "Ein Entwurf: {prompt}. Es wird noch gemalt.",
  "job.cancelled": "🚫 <b>{prompt}</b>{for}\n{by, select, none {Abgebrochen.} other {Abgebrochen von {by}.}}",
  "job.failed": "⚠️ <b>{prompt}</b>{for}\n{reason}",
  "job.gone":
    "🗑️ Die Bilder dieser Bearbeitung werden nicht mehr aufbewahrt. Es bleibt die Beschreibung: <b>{prompt}</b>",
  "phase.loading": "die Modelle wachen auf",
  "phase.features": "das Bild wird angesehen",
  "phase.round": "lernt, wo zu malen ist",
  "phase.draft": "probiert Stellen aus",
  "phase.full": "malt die Ergebnisse",
  "phase.done": "letzte Handgriffe",

  "result.text":
    "✨ <b>{prompt}</b>{for}\n{where}{count, plural, =1 {} other { · Ergebnis {rank} von #}} · {time}{ai, select, yes { · KI-bearbeitet} other {}}",
  "result.found":
    "{source, select, none {gemalt, wo es am besten passt} other {anstelle von: <i>{source}</i>}}",
  "result.area":
    "{source, select, none {gemalt in der gewählten Fläche} other {anstelle von: <i>{source}</i>, in der gewählten Fläche}}",
  "result.weak":
    "Das Bild zeigt kaum, was der Satz verlangt. Versuch {reroll, select, yes {<i>Neu würfeln</i>, } other {}}andere Wörter, oder sag, was ersetzt werden soll.",
  "result.details":
    "Gemalt mit <c>{pack}</c>{steps, plural, =0 {} one {, # Schritt} other {, # Schritten}}, Seed <c>{seed}</c>, Auftrag <c>{job}</c>.",
  "result.changed":
    "Geändert sind {share, number, percent} des Bildes; alles andere ist Pixel für Pixel das Original.",
  "result.method": "das ganze Bild, bearbeitet mit <c>{method}</c>",
  "result.method.box": "Bearbeitet mit <c>{method}</c>.",
  "result.jpeg": "Hier als JPEG, damit es passt; <i>Volle Qualität</i> bringt die verlustfreie Datei.",
  "result.scaled": "Hier in {width}×{height}, damit es passt; <i>Volle Qualität</i> bringt die volle Größe.",
  "result.spoiler": "Die Prüfung hält dieses Bild für anstößig. Sie kann sich irren.",
  "result.hidden":
    "Die Prüfung hält dieses Bild für anstößig, darum steht es hier nicht. Sie kann sich irren; <i>Volle Qualität</i> zeigt es dir allein.",
  "result.unshown":
    "✨ <b>{prompt}</b>{for}\nDas Ergebnis ist fertig, aber {why, select, attach {ich darf hier keine Dateien anhängen} large {es ist für diesen Ort zu groß} other {ich konnte es hier nicht zeigen}}. <i>Schick es mir</i> bringt es dir allein.",
  "result.moved": "Wo du gefragt hast, kann ich nicht mehr schreiben; darum kommt es hierher zu dir.",
  "result.elsewhere":
    "✨ <b>{prompt}</b>{for}\n{done, select, yes {Fertig. Das Ergebnis steht in meiner neueren Nachricht.} other {Vorbei. Meine neuere Nachricht sagt, warum.}}",
  "result.alt":
    "Bearbeitetes Bild: {prompt}, gemalt auf einer Fläche von {width} mal {height} Pixeln, {where}{source, select, none {} other {, wo vorher war: {source}}}.",
  "result.alt.box": "Dasselbe mit eingezeichneter Fläche.",
  "gallery.text":
    "Alle {count} Ergebnisse von <b>{prompt}</b>, das beste zuerst.{ai, select, yes { (KI-bearbeitet)} other {}}",
  "gallery.alt": "Ergebnis {rank}: {prompt}, gemalt {where}.",
  "gallery.hidden":
    "{count, plural, one {# davon fehlt, weil die Prüfung es für anstößig hält.} other {# davon fehlen, weil die Prüfung sie für anstößig hält.}}",
  "gallery.there": "Alle Ergebnisse stehen schon weiter oben in einer Nachricht.",
  "gallery.coming": "Alle {count} Ergebnisse kommen in einer Nachricht.",
  "alternate.text":
    "Ergebnis {rank} von {count} für <b>{prompt}</b>. Die Nachricht oben lässt sich nicht mehr ändern, darum kommt es als Antwort.{ai, select, yes { (KI-bearbeitet)} other {}}",
  "variation.text":
    "Ergebnis {rank} von {count} für <b>{prompt}</b>.{ai, select, yes { (KI-bearbeitet)} other {}}",
  "shared.text":
    "✨ <b>{prompt}</b>{for}\nGeteilt von dem Mitglied, das darum gebeten hat.{ai, select, yes { (KI-bearbeitet)} other {}}",
  "comparison.text":
    "<b>{prompt}</b>: erst vorher, dann nachher.{ai, select, yes { (KI-bearbeitet)} other {}}",
  "comparison.before.alt": "Das Bild vor der Bearbeitung.",
  "where.top-left": "oben links",
  "where.top": "oben",
  "where.top-right": "oben rechts",
  "where.left": "links",
  "where.centre": "in der Mitte",
  "where.right": "rechts",
  "where.bottom-left": "unten links",
  "where.bottom": "unten",
  "where.bottom-right": "unten rechts",

  "warning.prompt-cut": "Der Satz ist länger, als das Modell liest; das Ende wurde weggelassen.",
  "warning.negative-unused":
    "Diesem Modell kann man nicht sagen, was es meiden soll; dieser Wunsch hat nichts geändert.",
  "warning.words-unknown":
    "{count, plural, =0 {Ich kenne {unknown} nicht} =1 {Ich kenne <i>{word}</i> nicht und habe <i>{as}</i> daraus gemacht{unknown, select, none {} other {; auch {unknown} kenne ich nicht}}} other {Ich habe etwas anderes verstanden: {pairs}{unknown, select, none {} other {; {unknown} kenne ich nicht}}}}. Das Bild zeigt vielleicht anderes.",
  "warning.words-unknown.pair": "<i>{as}</i> für <i>{word}</i>",
  "warning.words-unknown.more": "{count, plural, one {# weiteres Wort} other {# weitere Wörter}}",
  "warning.words-unknown.unnamed":
    "Dieses Modell kennt nicht jedes Wort des Satzes. Es hat geraten; das Bild zeigt vielleicht anderes.",
  "warning.results-unsafe": "Einige Ergebnisse fehlen, weil die Prüfung sie abgelehnt hat.",
  "warning.source-uncertain":
    "Ich habe geraten, was ersetzt werden soll: <i>{source}</i>. Soll es etwas anderes sein, frag noch einmal und nenn es dabei.",
  "warning.source-uncertain.unnamed":
    "Ich war nicht sicher, was ersetzt werden soll. Soll es etwas anderes sein, frag noch einmal und nenn es dabei.",
  "warning.class-painted":
    "Gemalt als „{class}“ (zu {percent} % sicher): Dieses Modell kennt eine Liste von Dingen und keine Sätze.",
  "warning.source-unknown":
    "Ich kenne nichts auf diesem Bild beim Namen und habe gemalt, wo es am besten passt. Soll etwas ersetzt werden, frag noch einmal und nenn es dabei.",

  "button.cancel": "Abbrechen",
  "button.larger": "Größere Fläche",
  "button.smaller": "Kleinere Fläche",
  "button.box": "Fläche zeigen",
  "button.box.off": "Fläche ausblenden",
  "button.all": "Alle zeigen",
  "button.compare": "Vorher und nachher",
  "button.upscale": "Vergrößern",
  "button.share": "Allen zeigen",
  "button.unshare": "Zurücknehmen",
  "button.reroll": "Neu würfeln",
  "button.retry": "Noch einmal",
  "button.again": "Weiterbearbeiten",
  "button.paint": "Ja, bearbeiten",
  "button.form": "Ändern und noch einmal",
  "button.settings": "Meine Vorgaben ändern",
  "button.forget": "Alles löschen",
  "button.original": "Volle Qualität",
  "button.delete": "Löschen",
  "button.resend": "Schick es mir",

  "answer.queued": "Alles klar! Meine Nachricht hier zeigt den Fortschritt, dann das Ergebnis.",
  "answer.queued.private": "Alles klar! Das Ergebnis kommt als Direktnachricht zu dir.",
  "answer.queued.kept":
    "Alles klar! Ich kann dir keine Direktnachrichten schicken; das Ergebnis kommt hierher, wenn es bald fertig ist. Wenn nicht, bekommst du es mit {queue}.",
  "answer.which-picture": "Welches der {count} Bilder? Gezählt wird in der Reihenfolge, in der sie stehen.",
  "answer.avatar":
    "{on, select, yes {Andere dürfen dein Profilbild bearbeiten lassen.} none {Hier gibt es keine Profilbilder.} other {Niemand außer dir kann dein Profilbild bearbeiten lassen.}}",
  "answer.english":
    "Übrigens: Richtig lesen kann ich nur Englisch. In einer anderen Sprache male ich vielleicht etwas anderes.",
  "answer.how":
    "Häng ein Bild an und sag, was gemalt werden soll: {example}. Oder wähle <i>{action}</i> im Menü einer Nachricht, die ein Bild hat.",
  "answer.prompt-missing":
    "Das Bild habe ich; was soll ich malen? Schreib es mir hier in den nächsten zehn Minuten: {example}",
  "answer.offer": "Soll ich dieses Bild mit diesen Worten noch einmal bearbeiten? <i>{prompt}</i>",
  "answer.cancelled": "Abgebrochen.",
  "answer.over": "Der Auftrag ist schon zu Ende.",
  "answer.deleted": "Gelöscht.",
  "answer.shown-there": "Ergebnis {rank} ist jetzt in der Nachricht mit dem Ergebnis zu sehen.",
  "answer.variation-there": "Ergebnis {rank} steht schon weiter unten in einer eigenen Nachricht.",
  "answer.shared":
    "{new, select, yes {Es steht in {channel}, wo alle es sehen.} other {Es steht schon in {channel}.}}",
  "answer.forget":
    "{jobs, plural, one {# Auftrag von dir mit seinen Bildern löschen, und die Nachricht dazu?} other {# Aufträge von dir mit ihren Bildern löschen, und die Nachrichten dazu?}} Das lässt sich nicht rückgängig machen.",
  "answer.not-yours": "Das kann nur, wer um diese Bearbeitung gebeten hat, oder ein Admin.",
  "answer.no-larger": "Das ist die größte Fläche an dieser Stelle.",
  "answer.no-smaller": "Das ist die kleinste Fläche an dieser Stelle.",
  "answer.original": "Die verlustfreie Datei, {width}×{height}.{ai, select, yes { (KI-bearbeitet)} other {}}",
  "answer.upscaled":
    "Vergrößert, {width}×{height}. Anders als das Ergebnis selbst ist es überall neu gemalt.{ai, select, yes { (KI-bearbeitet)} other {}}",
  "answer.original.large":
    "Die verlustfreie Datei hat {megabytes, number, ::.0} MB, mehr als hier passt.{copied, select, none {} other { Das ist die beste Kopie, die passt: {copied}.}} Die Datei selbst kann dir geben, wer den Bot betreibt: Auftrag <c>{job}</c>.{ai, select, yes { (KI-bearbeitet)} other {}}",
  "answer.forgotten":
    "{jobs, plural, =0 {Von dir war nichts zu löschen.} one {# Auftrag von dir mit seinen Bildern ist gelöscht.} other {# Aufträge von dir mit ihren Bildern sind gelöscht.}}",
  "answer.forgotten.kept":
    "Was Admins für dich eingestellt haben, etwa eine Sperre, und was sie zu deinen Aufträgen notiert haben, bleibt bei ihnen; wie viele es waren, merke ich mir einen Tag lang ohne deinen Namen.",
  "answer.removal.copies":
    "{count, plural, one {Eine Bearbeitung, die jemand anderes aus deinem Bild gemacht hat, ist auch weg.} other {# Bearbeitungen, die andere aus deinen Bildern gemacht haben, sind auch weg.}}",
  "answer.removal.messages":
    "{count, plural, one {Eine Nachricht ließ sich noch nicht entfernen. Ich versuche es weiter.} other {# Nachrichten ließen sich noch nicht entfernen. Ich versuche es weiter.}}",
  "answer.removal.pictures":
    "{count, plural, one {Die Bilder eines Auftrags ließen sich noch nicht löschen. Ich versuche es weiter.} other {Die Bilder von # Aufträgen ließen sich noch nicht löschen. Ich versuche es weiter.}}",
  "answer.mentions":
    "{on, select, yes {Ergebnisse, die länger als eine halbe Minute dauern, erwähnen dich.} other {Ergebnisse erwähnen dich nicht.}}{here, select, yes {} other { Hier hat ein Admin Erwähnungen abgestellt.}}",
  "answer.settings":
    "Wo nichts gewählt ist, gilt, was hier steht; deins geht dem des Kanals vor, das dem aller:",
  "answer.settings.me": "Du: {any, select, yes {{set}} other {nichts}}",
  "answer.settings.channel": "Dieser Kanal: {any, select, yes {{set}} other {nichts}}",
  "answer.settings.workspace": "Alle hier: {any, select, yes {{set}} other {nichts}}",
  "answer.permission": "Hier kann ich nicht arbeiten: {permissions}. Bitte einen Admin, es zu erlauben.",
  "answer.permission.join":
    "Ich bin noch nicht in diesem Kanal. Hol mich mit <c>/invite</c> herein und frag dann noch einmal.",
  "answer.permission.archived": "Dieser Kanal ist archiviert.",
  "answer.permission.group": "In Gruppennachrichten arbeite ich nicht; nimm einen Kanal oder schreib mir.",
  "permission.view": "ich darf diesen Kanal nicht sehen",
  "permission.post": "ich darf hier keine Nachrichten schreiben",
  "permission.attach": "ich darf hier keine Dateien anhängen",
  "permission.react": "ich darf hier keine Reaktionen setzen",
  "permission.read-history": "ich darf hier den Verlauf nicht lesen",
  "permission.join": "ich bin nicht in diesem Kanal",

  "modal.edit.title": "Bild bearbeiten",
  "modal.again.title": "Weiterbearbeiten",
  "modal.submit": "Los",
  "modal.settings.title": "Deine Vorgaben",
  "modal.settings.submit": "Speichern",
  "modal.prompt": "Was soll ich malen? (auf Englisch)",
  "modal.prompt.example": "a big tree with many flowers",
  "modal.image": "Bild",
  "modal.negative": "Was soll nicht da sein? (optional)",
  "modal.strength": "Wie viel soll sich ändern?",
  "modal.where": "Wo? (optional)",
  "modal.results": "Wie viele Ergebnisse? (optional)",
  "modal.pack": "Gemalt von",
  "modal.style": "Stil",
  "modal.source": "Was soll ersetzt werden? (optional)",
  "modal.seed": "Seed (optional)",
  "modal.method": "Bearbeiten mit",
  "modal.unchosen": "wie sonst",
  "modal.more": "Weitere Optionen",
  "modal.more.hint": "Jede mit zwei Strichen davor und ihrem Wert danach, etwa: --seed 7",
  "modal.options": "Optionen",
  "modal.options.overlay": "Die bemalte Fläche zeigen",
  "modal.options.private": "Schick es mir privat",
  "choice.strength.touch": "ein wenig",
  "choice.strength.some": "mehr",
  "choice.strength.all": "alles",

  "queue.none": "Von dir wartet und läuft nichts.",
  "queue.mine": "<b>Deine Aufträge</b>",
  "queue.waiting":
    "<c>{job}</c> {prompt}: {position, plural, =1 {als Nächstes dran} other {Platz # in der Warteschlange}}{start, select, none {} other {, beginnt {start}}}",
  "queue.running": "<c>{job}</c> {prompt}: läuft{left, select, none {} other {, noch {left}}}",
  "queue.posting": "<c>{job}</c> {prompt}: fertig, unterwegs zu dir",
  "queue.undeliverable":
    "<c>{job}</c> {prompt}: {how, select, done {fertig, ließ sich aber nicht schicken{kept, select, yes {. Der Button unten schickt es dir.} other {}}} failed {das hat nicht geklappt{kept, select, yes {. Der Button unten sagt, warum.} other {}}} other {abgebrochen}}",
  "queue.length":
    "{count, plural, =0 {Niemand wartet.} one {Insgesamt wartet # Auftrag.} other {Insgesamt warten # Aufträge.}}",
  "queue.paused": "Ein Admin hat die Warteschlange angehalten; alle behalten ihren Platz.",

  "help.text":
    "Ich bearbeite ein Bild mit einem Satz. Du zeichnest keine Maske: Ich lerne, <i>wo</i> zu malen ist, probiere mehrere Stellen und zeige dir die beste.\n\n<b>So geht's</b>\n{start}\n{menu}\n{mention}\n\n<b>Mit einem Ergebnis</b>\nDie Zahlen (Buttons oder Reaktionen) zeigen die Ergebnisse anderer Stellen, 🔲 zeigt die Fläche, die ich bemalt habe. <i>Größere</i> und <i>Kleinere Fläche</i> malen dieselbe Stelle neu, <i>Neu würfeln</i> nimmt einen anderen Seed, <i>Weiterbearbeiten</i> macht mit dem Ergebnis weiter.\n\n<b>Deine Daten</b>\n{commands}\nBilder verschwinden von selbst nach {days, plural, one {# Tag} other {# Tagen}}.",
  "help.command": "• {command}: {description}",
  "help.start": "• {command} mit einem Bild, dazu auf Englisch, was gemalt werden soll",
  "help.menu": "• <i>{action}</i> im Menü jeder Nachricht mit einem Bild",
  "help.mention": "• erwähne mich mit einem Bild: {example}",

  "admin.lanes": "<b>Spuren</b>",
  "admin.lane.idle": "<c>{lane}</c> frei",
  "admin.lane.paused": "<c>{lane}</c> angehalten",
  "admin.lane.refusing":
    "<c>{lane}</c> {why, select, away {ist nicht erreichbar} version {gehört zu einer anderen Version des Bots: die ältere aktualisieren} pack {hat das Modellpaket des Bots nicht} safety {prüft keine Bilder, und die des Bots müssen geprüft werden} other {endet, wenn fertig ist, was dort läuft}}",
  "admin.lane.running":
    "<c>{lane}</c> Auftrag <c>{job}</c>{left, select, none {} other {, noch {left}}}{paused, select, yes {, danach angehalten} other {}}",
  "admin.waiting": "<b>Wartend</b> {count, number}",
  "admin.waiting.job":
    "{position, number}. <c>{job}</c> {who}: {prompt}{start, select, none {} other {, beginnt {start}}}",
  "admin.waiting.other":
    "{position, number}. ein Auftrag von anderswo{start, select, none {} other {, beginnt {start}}}",
  "admin.waiting.more": "… und {count, number} weitere",
  "admin.today":
    "<b>Letzte 24 Stunden</b> {done, number} fertig, {failed, number} gescheitert, {cancelled, number} abgebrochen, {undeliverable, number} nicht zugestellt",
  "admin.times": "Die Hälfte dauerte unter {median}, 95 % unter {p95}.",
  "admin.failures": "Gescheitert an: {list}",
  "admin.draining": "Der Bot beendet, was läuft, und nimmt nichts Neues an.",
  "admin.paused":
    "{lane, select, all {Alle Spuren sind} other {Spur {lane} ist}} angehalten. Was läuft, läuft zu Ende.",
  "admin.resumed": "{lane, select, all {Alle Spuren laufen} other {Spur {lane} läuft}} wieder.",
  "admin.no-lane": "Es gibt keine Spur {lane}. Es gibt: {lanes}.",
  "admin.cancelled":
    "{count, plural, =0 {Es gab nichts abzubrechen.} one {# Auftrag abgebrochen.} other {# Aufträge abgebrochen.}}",
  "admin.cancel.which": "Sag, welche: <c>job</c>, <c>member</c> oder <c>all</c>.",
  "admin.no-job": "So einen Auftrag gibt es hier nicht: {job}. {queue} zeigt, was läuft und wartet.",
  "admin.moved": "Auftrag <c>{job}</c> ist der nächste.",
  "admin.moved.here":
    "Auftrag <c>{job}</c> ist von hier der nächste. Aufträge von anderswo behalten ihren Platz.",
  "admin.not-waiting": "Auftrag <c>{job}</c> wartet nicht.",
  "admin.drained":
    "Was läuft, wird beendet; Neues wird nicht angenommen. Was wartet, geht nach einem Neustart weiter.",
  "admin.drained.lane":
    "Was auf {lane} läuft, wird noch fertig; Neues wird dort erst nach einem Fortsetzen wieder angenommen.",
  "admin.limits": "Alle hier: {waiting, number} wartend oder laufend, {perDay, number} in 24 Stunden.",
  "admin.limits.exception": "{who}: {waiting, number} wartend oder laufend, {perDay, number} in 24 Stunden.",
  "admin.limits.pack":
    "Mit <c>{pack}</c>{who, select, all {} other {, {who}}}: {waiting} wartend oder laufend, {perDay} in 24 Stunden.",
  "admin.limits.ceiling":
    "Höchstens {waiting, number} wartend oder laufend und {perDay, number} in 24 Stunden: So haben es die festgelegt, die den Bot betreiben.",
  "admin.blocked": "{who} kann hier keine Bilder mehr bearbeiten lassen.",
  "admin.blocked.everywhere": "{who} kann mit mir nichts mehr machen, weder hier noch anderswo.",
  "admin.blocked.part":
    "{who} kann mit mir nichts mehr machen, weder hier noch auf einem anderen Server, den dieser Prozess bedient. Andere Prozesse führen eigene Listen: Sperre {who} auf je einem ihrer Server.",
  "admin.block.self": "Dich selbst kannst du nicht sperren.",
  "admin.unblocked": "{who} kann hier wieder Bilder bearbeiten lassen.",
  "admin.unblocked.not-everywhere":
    "{who} ist hier nicht mehr gesperrt, aber weiterhin überall von denen, die den Bot betreiben.",
  "admin.channels.everywhere":
    "{deniedCount, plural, =0 {Ich antworte überall.} other {Ich antworte überall außer in: {denied}}}",
  "admin.channels":
    "{count, plural, =0 {Ich antworte in keinem Kanal.} other {Ich antworte nur in: {list}{deniedCount, plural, =0 {} other {; nicht in: {denied}}}}}",
  "admin.channel.which": "Sag, welcher <c>channel</c>.",
  "admin.words": "{list, select, none {Kein Wort ist gesperrt.} other {Gesperrte Wörter: {list}}}",
  "admin.word.which": "Sag, welches <c>word</c>.",
  "admin.safety":
    "{policy, select, off {Bilder werden hier nicht geprüft.} refuse {Was die Prüfung für anstößig hält, wird hier abgelehnt, Vorlagen wie Ergebnisse.} other {Ergebnisse, die die Prüfung für anstößig hält, sind hier verdeckt, bis jemand sie sehen will.}}",
  "admin.safety.none":
    "Es wird kein Bild geprüft, denn der Bot hat kein Modell dafür. Wer ihn betreibt, setzt <c>LRBOT_SAFETY_MODEL</c> auf den Ordner eines Modells und startet neu; <c>docs/safety.md</c> sagt, woher man es bekommt.",
  "admin.reset": "Die Einstellung <c>{setting}</c> ist wieder wie am Anfang.",
  "admin.unreadable":
    "⚠️ Diese Einstellungen sind beschädigt und nicht lesbar: <c>{names}</c>. Bis das behoben ist, lehne ich alles ab, worüber sie entscheiden. {reset} setzt eine auf den Anfangswert zurück.",
  "admin.unreadable.lanes":
    "⚠️ Die Liste der angehaltenen Lanes ist beschädigt und nicht lesbar, deshalb sind alle angehalten. Wer den Bot betreibt, startet sie mit {resume} wieder.",
  "admin.mentions":
    "{on, select, yes {Ergebnisse, die länger als eine halbe Minute dauern, erwähnen, wer darum gebeten hat. Wer das nicht will, tippt {command}.} other {Ergebnisse erwähnen hier niemanden.}}",
  "admin.audit.none": "Noch keine Einträge.",
  "admin.audit.line": "{time} {who}: {action} {details}",
  "admin.operators":
    "Das betrifft alle, für die der Bot arbeitet; deshalb dürfen es nur die, die ihn betreiben. Er kennt sie aus <c>LRBOT_ADMINS</c>.",

  "error.picture-not-a-picture":
    "Diese Datei ist kein Bild, das ich lesen kann. PNG, JPEG, WebP und AVIF gehen.",
  "error.picture-heic":
    "Das ist ein HEIC-Foto, das ich nicht lesen kann. Wähle auf dem iPhone unter Einstellungen › Kamera › Formate <i>Maximale Kompatibilität</i>, oder schick einen Screenshot oder ein JPEG davon.",
  "error.picture-animated": "Animierte Bilder gehen noch nicht. Schick ein unbewegtes.",
  "error.picture-corrupt": "Das Bild ist beschädigt oder abgeschnitten. Speichere und schick es noch einmal.",
  "error.picture-too-small": "Das Bild ist zu klein: die kürzere Seite braucht mindestens 32 Pixel.",
  "error.picture-too-large": "Das Bild ist zu groß: höchstens 50 Megapixel, in AVIF weniger.",
  "error.picture-too-long": "Das Bild ist zu lang und schmal: höchstens 8 zu 1.",
  "error.picture-too-many-scans":
    "Das Bild ist ein JPEG aus mehr als 100 Durchgängen. Speichere es neu und schick das.",
  "error.picture-too-costly":
    "Dieses Bild zu lesen braucht zu viel Zeit oder Speicher. Speichere es neu, als einfaches PNG oder JPEG, und schick das.",
  "error.prompt-empty": "Sag, was gemalt werden soll, etwa: <c>a big tree with many flowers</c>.",
  "error.prompt-too-long": "Der Satz ist zu lang: höchstens 1.000 Zeichen.",
  "error.class-unknown":
    "Dieses Modell malt eine Liste von Dingen, und keines davon ähnelt dem, was du geschrieben hast. Versuch es mit dem Namen eines Dings.",
  "error.prompt-characters":
    "Im Satz sind unsichtbare Zeichen, mit denen ich nichts anfangen kann. Tipp ihn noch einmal von Hand.",
  "error.setting":
    "{setting, select, box {Die Fläche liegt außerhalb des Bildes oder ist keine: sie ist links,oben,Breite,Höhe in Pixeln, etwa 120,40,160,160} steps {Die Anzahl der Schritte liegt außerhalb der Grenzen} strength {Die Stärke liegt außerhalb der Grenzen} guidance {Die Guidance liegt außerhalb der Grenzen} seed {Der Seed liegt außerhalb der Grenzen} other {Etwas in dieser Anfrage liegt außerhalb der Grenzen}}. Beginne eine neue mit {edit}.",
  "error.choice":
    "{count, plural, =0 {Hier wähle ich {option} selbst: lass es weg} other {<c>{got}</c> gibt es hier für {option} nicht. Es gibt: {choices}}}.",
  "error.number": "{option} ist eine ganze Zahl von {low, number} bis {high, number}.",
  "error.text": "{option} ist zu lang: höchstens {most, number} Zeichen.",
  "error.option": "<c>{got}</c> verstehe ich dort nicht. Sagen kannst du: {options}",
  "error.option.value":
    "{count, plural, =0 {Schreib etwas hinter <c>{got}</c>, oder lass es weg.} other {Schreib eins davon hinter <c>{got}</c>, oder lass es weg: {values}.}}",
  "error.where":
    "Eine Stelle <c>{got}</c> kenne ich nicht. Sag left, right, top, bottom oder middle, oder einen Kasten in Prozent des Bildes: links,oben,Breite,Höhe, etwa 10,20,50,40.",
  "error.style":
    "Der Stil <c>{style}</c> passt nicht zu <c>{pack}</c>: er ist für {packs} gemacht. Lass eins von beiden weg, oder wähle anders.",
  "error.where-outside":
    "Der Kasten <c>{got}</c> liegt außerhalb des Bildes oder ist leer. In Prozent sind links und Breite zusammen höchstens 100, oben und Höhe auch.",
  "error.seed": "Der Seed ist eine ganze Zahl von 0 bis 4.294.967.295. Lass ihn weg, und ich wähle einen.",
  "error.misread":
    "{got, select, none {Da fehlt etwas.} other {Ich verstehe <c>{got}</c> darin nicht.}} So wird es getippt:",
  "error.unknown-command":
    "<c>{typed}</c> kenne ich nicht.{meant, select, none {} other { Meintest du <c>{meant}</c>?}} So wird es getippt:",
  "error.pack":
    "Das Modellpaket des Bots fehlt oder ist beschädigt. Das Protokoll des Admins sagt mehr; versuch es später.",
  "error.attachment-missing": "Ich sehe da kein Bild. Häng eines an (PNG, JPEG, WebP oder AVIF).",
  "error.attachment-refused": "Ich hole Bilder nur aus diesem Chat selbst. Häng die Datei direkt an.",
  "error.attachment-too-large": "Die Datei ist zu groß: höchstens {megabytes, number} MB.",
  "error.attachment-unavailable": "Ich konnte das Bild nicht holen. Versuch es in einer Minute noch einmal.",
  "error.avatar-private":
    "Sie haben anderen nicht erlaubt, ihr Profilbild zu bearbeiten. Mit <c>/avatar</c> geht das.",
  "error.limit-waiting":
    "{count, plural, =0 {Bearbeitungen sind für dich hier abgeschaltet. Frag einen Admin danach.} =1 {Von dir wartet oder läuft schon ein Auftrag; mehr geht hier nicht. Ist er fertig, schick den nächsten.} other {Von dir warten oder laufen schon # Aufträge; mehr geht hier nicht. Ist einer fertig, schick den nächsten.}}",
  "error.limit-per-day":
    "{count, plural, =0 {Bearbeitungen sind für dich hier abgeschaltet. Frag einen Admin danach.} =1 {Deine eine Bearbeitung in 24 Stunden ist verbraucht.} other {Deine # Bearbeitungen in 24 Stunden sind verbraucht.}}{again, select, none {} other { Die nächste geht {again}.}}",
  "error.limit-pack":
    "{per, select, once {Von dir warten schon so viele Bearbeitungen mit <c>{pack}</c>, wie du darfst ({count, number}). Warte auf eine, oder wähle ein anderes Modell.} other {Deine Bearbeitungen mit <c>{pack}</c> für 24 Stunden sind verbraucht ({count, number}). Wähle ein anderes Modell.{again, select, none {} other { Die nächste geht {again}.}}}}",
  "error.member-blocked":
    "Ein Admin hat dich hier für das Bearbeiten gesperrt. Frag nach, wenn das ein Irrtum ist.",
  "error.channel-refused": "In diesem Kanal antworte ich nicht. Frag einen Admin, wo ich es tue.",
  "error.channel-refused.try": "In diesem Kanal antworte ich nicht. Versuch es in {channels}.",
  "error.undressing-refused":
    "Ich ziehe niemanden aus. Falls du etwas anderes wolltest, sag es mit anderen Worten.",
  "error.words-refused": "Im Satz stehen Wörter, die hier gesperrt sind. Nimm andere.",
  "error.picture-refused":
    "Die Prüfung lehnt dieses Bild ab, oder alles, was daraus gemalt wurde. Sie kann sich irren: nimm ein anderes Bild oder frag einen Admin.",
  "error.not-allowed": "Das ist für Admins. {help} zeigt, was alle können.",
  "error.settings-unreadable":
    "Ich kann nicht prüfen, wer das hier darf, denn eine meiner Einstellungen ist beschädigt. Ein Admin weiß Bescheid; versuch es später noch einmal.",
  "error.login-needed": "Sag zuerst, wer du bist: Lade die Seite neu und gib das Passwort ein.",
  "error.login-refused": "Das stimmt nicht. Frag die Person, die diesen Bot betreibt.",
  "error.request-refused": "Das kam nicht von der Seite, wie sie ausgeliefert wurde. Lade sie neu.",
  "error.tries-exceeded":
    "Zu viele Versuche hintereinander. Warte ein wenig und versuch es dann noch einmal.",
  "error.draining": "Der Bot startet gleich neu und nimmt nichts an. Versuch es in ein paar Minuten.",
  "error.reference-invalid":
    "Dieser Button ist keiner von mir, oder nicht von hier. Beginne eine neue Bearbeitung mit {edit}.",
  "error.reference-expired": "Diese Bearbeitung wird nicht mehr aufbewahrt. Beginne eine neue mit {edit}.",
  "error.worker":
    "Das Malen ist bei diesem Auftrag mehr als einmal abgestürzt. Versuch einen anderen Seed oder ein kleineres Bild.",
  "error.restarts": "Der Bot wurde bei diesem Auftrag zu oft neu gestartet. Bitte schick ihn noch einmal.",
  "error.out-of-memory": "Für dieses Bild reichte der Speicher nicht. Versuch ein kleineres.",
  "error.disk-full":
    "Die Festplatte des Bots ist voll. Sag es einem Admin und versuch es danach noch einmal.",
  "error.unwritable":
    "Der Bot kann gerade nichts speichern. Sag es einem Admin und versuch es danach noch einmal.",
  "error.device":
    "Das Gerät, das malt, ist nicht erreichbar. Versuch es in ein paar Minuten noch einmal; das Protokoll des Admins sagt mehr.",
  "error.cancelled": "Abgebrochen.",
  "error.place-too-small":
    "Auch verkleinert ist das Bild für diesen Ort zu groß. Ist es deine Bearbeitung, kann {queue} in einer Direktnachricht an mich es bringen.",
  "error.chat": "Der Chat war gerade zu langsam. Versuch es noch einmal.",
  "error.internal":
    "Bei mir ging etwas schief. Versuch es noch einmal; geschieht es wieder, sag einem Admin, dass das Protokoll es <c>{reference}</c> nennt.",

  ...adminsDe,
  ...studyDe,
  ...pageDe,
};
