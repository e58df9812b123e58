import type { AdminsCatalogue } from "./en.ts";

/** Français: what is said of the admins' rules. */
export const adminsFr: AdminsCatalogue = {
  "command.admin moderators": "Les commandes qu'un rôle ou un groupe peut utiliser parmi celles-ci",
  "command.admin cooldown": "Le temps qu'une personne attend entre deux retouches",
  "command.admin private": "Retouches privées ou non, quand rien n'est précisé",
  "command.admin variations": "Si les autres résultats arrivent dans des messages à part",
  "option.seconds": "Secondes ; 0 pour aucune",
  "option.commands": "Noms de commandes, par exemple : cancel block audit",
  "admin.moderators.none": "Il n'y a pas de modérateurs.",
  "admin.moderators.line": "{who} : {commands}",
  "admin.moderators.which": "Dites quel <c>group</c>.",
  "admin.moderators.unknown":
    "Les modérateurs ne peuvent pas avoir <c>{name}</c>. On peut donner : {commands}. Rien n'a été changé.",
  "admin.cooldown":
    "{every, select, none {Ici, personne n'attend entre deux retouches.} other {Ici, chacun attend {every} entre deux retouches.}}",
  "admin.cooldown.channel": "{channel} : {every, select, none {aucune attente} other {{every}}}",
  "admin.private":
    "{on, select, yes {Ici, les retouches sont privées : les résultats arrivent en message privé.} other {Ici, tout le monde voit les retouches.}}",
  "admin.private.channel": "{channel} : {on, select, yes {privées} other {visibles par tout le monde}}",
  "admin.private.how": "Qui précise {example} montre quand même sa retouche à tout le monde.",
  "admin.variations":
    "{on, select, yes {Les autres résultats arrivent dans des messages à part : personne ne change une image que d’autres regardent.} other {Les autres résultats prennent la place de celui qui est affiché.}}",
  "error.limit-cooldown":
    "Ici, il faut attendre {every} entre deux retouches. Votre prochaine est possible dans {left}.",
  "command.admin log": "Où lire les retouches commencées, finies ou refusées, et qui dirige quoi",
  "admin.log":
    "{where, select, none {Je ne signale nulle part les retouches ni ce que font les admins.} other {Je signale les retouches et ce que font les admins dans {where}.{works, select, no { Je ne peux pas y écrire en ce moment.} other {}}}}",
  "log.opened":
    "📋 {who} a choisi ce salon comme mon journal : les retouches qui commencent, finissent ou sont refusées, et ce que font les admins. Des retouches privées, je ne dis ni les mots ni les images.",
  "log.begun": "🖌️ {who} dans {where} : <b>{prompt}</b>",
  "log.begun.private": "🖌️ {who} : une retouche privée",
  "log.done": "✅ Fini en {time}.",
  "log.kept": "📭 Fini en {time}, mais impossible à remettre ; le résultat attend dans la file.",
  "log.cancelled": "🚫 {by, select, none {Annulé.} other {Annulé par {by}.}}",
  "log.failed": "⚠️ Échec. Réponse donnée : {reason}",
  "log.refused":
    "⛔ {count, plural, =1 {Une retouche} other {# retouches}} de {who}{where, select, none {} other { dans {where}}} : refus. Réponse donnée : {reason}",
  "log.action": "🛠️ {who} : {action} {details}",
  "log.trouble":
    "⚠️ Je ne peux plus écrire dans mon journal {where} : le salon a disparu, ou je n'ai pas le droit d'y écrire. Tout le reste continue. {command} en choisit un autre.",
  "home.queue": "File d'attente",
  "home.edits": "Vos dernières retouches",
  "home.settings": "Réglages",
  "home.open": "Ouvrir",
  "home.none": "Rien pour l'instant. Envoyez-moi une image ici, sous « Messages », ou utilisez <c>/edit</c>.",
  "home.over":
    "{how, select, done {✨} cancelled {🚫} other {⚠️}} <b>{prompt}</b> · {time}{kept, select, yes {} other { · images supprimées}}",
  "home.mentions.on": "Mentionnez-moi",
  "home.mentions.off": "Ne me mentionnez pas",
  "home.rules":
    "Vous pouvez avoir {waiting, number} retouches en attente ou en cours, et {perDay, number} en 24 heures{cooldown, select, none {} other {, avec {cooldown} entre deux}}.{private, select, yes { Sans précision de votre part, elles sont privées.} other {}}",
  "answer.queued.outside":
    "C'est parti ! Le résultat arrive ici même, pour vous seul, s'il est prêt dans le quart d'heure. Ensuite, {queue} l'aura pour vous.",
  "error.outside-refused":
    "Je ne travaille que sur les serveurs où je suis, et dans les messages privés que l'on m'envoie.",
  "command.admin packs": "Les rôles ou groupes qui peuvent utiliser un pack de modèles",
  "admin.packs.which": "Dites quel <c>pack</c>. Il y a : {packs}.",
  "admin.packs.group": "Dites quel <c>group</c>.",
  "admin.packs.line": "<c>{pack}</c> : {who, select, all {tout le monde} none {personne} other {{who}}}",
  "error.pack-refused":
    "Vous ne pouvez pas utiliser <c>{pack}</c> ici. {count, plural, =0 {Demandez à un admin.} other {Vous pouvez utiliser : {packs}.}}",
  "home.avatar.on": "Autoriser mon avatar",
  "home.avatar.off": "Garder mon avatar pour moi",
  "home.defaults": "Cela vaut là où vous ne choisissez rien.",
  "home.defaults.clear": "Effacer mes réglages",
};
