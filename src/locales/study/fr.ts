import type { StudyCatalogue } from "./en.ts";

/** Français : what is said of studies. */
export const studyFr: StudyCatalogue = {
  "command.study": "Demander quelles retouches sont les meilleures, sans dire qui les a faites",
  "command.study start": "Commencer une étude dans ce salon",
  "command.study pause": "Ne plus prendre de votes pour un temps",
  "command.study resume": "Reprendre les votes",
  "command.study stop": "Ne plus prendre de votes ; les résultats restent",
  "command.study results": "Quelle méthode est préférée, et avec quelle certitude ; pour les admins",
  "command.study export": "Tous les votes d'une étude dans un fichier CSV, pour les admins",
  "command.study list": "Les études de cette communauté, et les séries qui existent",
  "command.study remove": "Supprimer une étude et tous ses votes",
  "option.set": "Nom d'une série de résultats",
  "option.methods": "Méthodes à comparer, séparées par des virgules ; sans elles, toutes celles de la série",
  "option.against": "Comparer cette méthode à toutes les autres ; sans elle, toutes entre elles",
  "option.pairs": "Combien de paires une personne voit au plus (40)",
  "option.study": "Identifiant d'une étude ; sans lui, la dernière de ce salon",

  "button.vote": "Voter",
  "button.left": "Gauche",
  "button.tie": "Égalité",
  "button.right": "Droite",

  "study.question":
    "<b>Quelle retouche est la meilleure ?</b>\nVous voyez une image, ce qu'elle devait devenir, et deux retouches, sans savoir qui les a faites. Vous seul voyez vos paires et vos choix.",
  "study.state":
    "{state, select, running {Appuyez sur <i>Voter</i> pour commencer ou continuer.} paused {En pause : les votes reprendront plus tard.} other {Cette étude est terminée. Merci !}}",
  "study.progress":
    "{count, plural, =0 {Personne n'a encore voté.} one {# personne a voté {votes, plural, one {# fois} other {# fois}}.} other {# personnes ont voté {votes, plural, one {# fois} other {# fois}}.}}",
  "study.pair":
    "<b>{prompt}</b>\nQuel résultat correspond le mieux à ces mots et garde le reste de l'image ? En haut, l'image de départ.\nPaire {number, number} sur {of, number}",
  "study.alt":
    "{which, select, source {L'image avant la retouche} left {Le résultat de gauche} right {Le résultat de droite} other {En haut l'image avant la retouche, dessous deux résultats, à gauche et à droite}}. Demande : {prompt}",
  "study.done":
    "{count, plural, =0 {Il n'y a rien à comparer.} one {C'était votre paire. Merci !} other {C'étaient vos # paires. Merci !}}",
  "study.started":
    "L'étude de <c>{set}</c> a commencé : {methods, plural, one {# méthode} other {# méthodes}}, {pictures, plural, one {# image} other {# images}}. Son identifiant est <c>{study}</c>.",
  "study.changed":
    "L'étude de <c>{set}</c> {state, select, running {reprend les votes} paused {ne prend pas de votes pour le moment} other {est terminée ; ses résultats restent}}.",
  "study.removed":
    "L'étude de <c>{set}</c> est supprimée, avec {votes, plural, one {son # vote} other {ses # votes}}.",
  "study.none": "Il n'y a pas encore d'étude ici.",
  "study.line":
    "<c>{study}</c> {set} · {state, select, running {en cours} paused {en pause} other {terminée}} · {where} · {votes, plural, one {# vote} other {# votes}}",
  "study.sets":
    "{sets, select, none {Il n'y a pas de série. Les personnes qui gèrent le bot les mettent dans le dossier que <c>LRBOT_STUDY_SETS</c> nomme.} other {Séries : <c>{sets}</c>}}",
  "study.results":
    "<b>Étude de {set}</b> ({state, select, running {en cours} paused {en pause} other {terminée}}) : {count, plural, one {# personne} other {# personnes}}, {votes, plural, one {# vote compté} other {# votes comptés}}.",
  "study.preference":
    "<b>{method}</b> plutôt que {other} : <b>{share} ± {deviation}</b> (95 % : de {low} à {high} ; {votes, plural, one {# vote} other {# votes}}, {ties, plural, one {# égalité} other {# égalités}}){needed}",
  "study.preference.none": "<b>{method}</b> plutôt que {other} : pas encore de votes.",
  "study.needed":
    "{kind, select, votes {{more, plural, =0 {, connu à ±3 %} one {, encore # vote pour ±3 %} other {, encore # votes pour ±3 %}}} other {, ±3 % demandent une série d'au moins {more, plural, other {#}} images}}",
  "study.average": "En moyenne : <b>{share}</b>",
  "study.scores": "<b>Scores de Bradley-Terry</b> en logarithme des cotes, avec intervalles à 95 % :",
  "study.score": "• {method} : <b>{score}</b> ({interval})",
  "study.failed":
    "Pas comptés : {count, plural, one {# personne} other {# personnes}} ayant échoué au test d'attention, avec {votes, plural, one {# vote} other {# votes}}.",
  "study.unchecked":
    "{count, plural, one {# personne} other {# personnes}} parmi celles qui comptent se sont arrêtées avant leur premier test.",
  "study.gone":
    "{count, plural, one {# image de la série ne peut} other {# images de la série ne peuvent}} plus être montrées.",
  "study.more": "{count, plural, one {… et # autre ligne.} other {… et # autres lignes.}}",
  "study.export":
    "{votes, plural, one {# réponse} other {# réponses}} dans l'étude de <c>{set}</c>, en fichier CSV. Aucune personne ni aucune demande n'y figure.",
  "study.export.none": "Personne n'a encore voté : il n'y a rien à exporter.",
  "answer.forget.votes":
    "{votes, plural, one {Supprimer # vote dans des études ?} other {Supprimer # votes dans des études ?}} C'est définitif.",
  "answer.forgotten.votes":
    "{votes, plural, one {# vote dans des études supprimé.} other {# votes dans des études supprimés.}}",

  "error.study-set-missing":
    "Il n'y a pas de série <c>{set}</c>. {sets, select, none {Les personnes qui gèrent le bot mettent les séries dans le dossier que <c>LRBOT_STUDY_SETS</c> nomme.} other {Séries : <c>{sets}</c>}}",
  "error.study-set-invalid":
    "La série <c>{set}</c> est inutilisable : la ligne {line, number} de son <c>study.jsonl</c> est fausse ({got}).",
  "error.study-methods-too-few":
    "La série <c>{set}</c> ne permet pas de comparer : il faut des résultats de deux méthodes pour une image, et elle en a {methods, select, none {aucune} other {<c>{methods}</c>}}.",
  "error.study-method-missing":
    "La série n'a pas de méthode <c>{method}</c>. Ses méthodes : <c>{methods}</c>",
  "error.study-running":
    "Ce salon a déjà une étude, de <c>{set}</c>. Arrêtez-la d'abord, ou commencez la nouvelle dans un autre salon.",
  "error.study-missing": "Il n'y a pas d'étude de ce genre ici.",
  "error.study-not-running": "Cette étude ne prend pas de votes en ce moment.",
  "error.study-elsewhere": "Cette étude est celle de {channel}. Votez là-bas.",
  "error.study-pair-gone":
    "Cette paire n'est pas la vôtre, ou ne l'est plus. <i>Voter</i> sous le message de l'étude amène la suivante.",
  "error.study-pictures-gone": "Les images de cette étude ont disparu. Un admin doit les remettre.",
};
