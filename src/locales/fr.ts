import { adminsFr } from "./admins/fr.ts";
import type { Catalogue } from "./en.ts";
import { pageFr } from "./page/fr.ts";
import { studyFr } from "./study/fr.ts";

/** Français. */
export const fr: Catalogue = {
  "command.edit": "Retoucher une image avec une phrase",
  "command.settings":
    "Ce que prennent vos retouches sans choix de votre part ; canal ou tous : par les admins",
  "command.queue": "Vos demandes, et la longueur de la file",
  "command.help": "Ce que fait ce bot, avec des exemples",
  "command.mentions": "Vous mentionner ou non quand un résultat a pris plus d'une demi-minute",
  "command.avatar": "Si les autres peuvent faire modifier ta photo de profil",
  "command.forget": "Supprimer vos images et vos demandes",
  "command.admin": "Observer et piloter le bot",
  "command.admin queue": "Voies, demandes en attente et chiffres du jour",
  "command.admin pause": "Ne plus prendre de demandes sur une voie, ou sur toutes",
  "command.admin resume": "Reprendre les demandes sur une voie, ou sur toutes",
  "command.admin cancel": "Annuler une demande, toutes celles d'une personne, ou toutes",
  "command.admin move": "Faire passer une demande en tête",
  "command.admin drain": "Finir ce qui tourne sur une voie, une machine ou toutes, et n'y plus rien prendre",
  "command.admin limits": "Combien de demandes une personne peut avoir en attente et par jour",
  "command.admin block": "Ne plus prendre les demandes d'une personne",
  "command.admin unblock": "Reprendre les demandes d'une personne bloquée",
  "command.admin channels": "Où le bot répond",
  "command.admin words": "Mots refusés dans les phrases",
  "command.admin safety": "Ce que deviennent les images que le filtre de sécurité juge choquantes",
  "command.admin reset": "Remettre un réglage à sa valeur de départ",
  "command.admin mentions": "Mentionner ou non qui a demandé, quand un résultat a pris du temps",
  "command.admin audit": "Les actions des admins, de la plus récente à la plus ancienne",
  "option.prompt": "Ce qu'il faut peindre, en anglais, par exemple : a big tree with many flowers",
  "option.image": "L'image à retoucher",
  "option.negative": "Ce qui ne doit pas être dans l'image, en anglais, par exemple : people, text",
  "option.strength": "Combien change : un peu (touch), plus (some) ou tout (all)",
  "option.where": "Où chercher : left, right, top, bottom, middle, ou un cadre en pour cent : 10,20,50,40",
  "option.results": "Combien de résultats, au plus",
  "option.pack": "Quel modèle peint",
  "option.style": "Dans quel style",
  "option.for": "De qui : moi (me), ce canal (channel) ou tous ici (workspace), pour les admins",
  "option.source": "La chose à remplacer dans l'image, en anglais, par exemple : dog",
  "option.seed": "Un nombre : le même repeint la même image",
  "option.overlay": "Montrer avec le résultat la zone peinte",
  "option.box": "Où peindre, en pixels de l'image : gauche,haut,largeur,hauteur",
  "option.from": "Au lieu de joindre : last, ou l’adresse d’une image ou d’un message d’ici",
  "option.avatar": "Au lieu de joindre : la photo de profil de quelqu’un qui l’autorise",
  "option.method": "Avec quoi retoucher",
  "option.private": "Pour vous uniquement : le résultat arrive en message privé",
  "option.lane": "Une voie, comme cuda:0, ou une machine, comme gpu1 ; toutes si absent",
  "option.job": "Numéro de la demande",
  "option.member": "Une personne",
  "option.all": "Toutes les demandes en attente ou en cours",
  "option.waiting": "Demandes en attente ou en cours permises par personne",
  "option.per_day": "Demandes permises par personne en 24 heures",
  "option.group": "Un rôle ou un groupe",
  "option.clear": "Revenir aux valeurs par défaut",
  "option.channel": "Un salon",
  "option.do": "Que faire",
  "option.word": "Un mot ou une expression ; *mot* se trouve aussi dans d'autres mots",
  "option.setting": "Quel réglage",
  "option.last": "Combien d'entrées, 50 au plus",
  "action.edit": "Retoucher cette image",
  "action.marks": "Image retouchée ?",
  "marks.type":
    "Le fichier dit : {type, select, none {rien sur son origine} trainedAlgorithmicMedia {créé par IA} compositeWithTrainedAlgorithmicMedia {retouché par IA} other {<c>{type}</c>}}.",
  "marks.manifest":
    "{where, select, none {Il n''a pas de justificatifs de contenu (C2PA).} linked {Il nomme des justificatifs de contenu (C2PA) qui se trouvent ailleurs.} earlier {Ce dont il est issu avait des justificatifs de contenu (C2PA).} embedded {Il a des justificatifs de contenu (C2PA) que je ne peux pas lire.} Invalid {Il a des justificatifs de contenu (C2PA) qui ne correspondent pas à l''image.} other {Il a des justificatifs de contenu (C2PA) qui correspondent à l''image ; je n''ai pas vérifié qui les a signés.}}",
  "marks.invisible":
    "{found, select, yes {L''image porte la marque invisible de ce bot : par hasard, au plus une image sur {pictures, number} a cet aspect.} other {La marque invisible de ce bot n''a pas été trouvée.}}",
  "marks.nothing":
    "Cela ne prouve rien : les marques se perdent en chemin, et d''autres programmes en ont d''autres.",

  "time.seconds": "{count, plural, one {# seconde} other {# secondes}}",
  "time.minutes": "{count, plural, one {# minute} other {# minutes}}",
  "time.hours": "{count, plural, one {# heure} other {# heures}}",
  "time.soon": "dans un instant",
  "time.about": "dans {time} environ",

  "job.for": " · pour {who}",
  "job.waiting":
    "⏳ <b>{prompt}</b>{for}\n{position, plural, =1 {Prochaine de la file} other {Numéro # dans la file}}{start, select, none {} other {, commence {start}}}.",
  "job.waiting.paused":
    "⏳ <b>{prompt}</b>{for}\n{position, plural, =1 {Prochaine de la file} other {Numéro # dans la file}}. Un admin a mis la file en pause ; la demande garde sa place.",
  "job.running":
    "🎨 <b>{prompt}</b>{for}\n<c>{bar}</c> {percent, number, percent} · {phase}{left, select, none {} other { · encore {left}}}",
  "job.first":
    "🎨 <b>{prompt}</b>{for}\nLe premier résultat. Les autres sont encore en train d'être peints.{ai, select, yes { (retouché par IA)} other {}}",
  "job.first.alt": "Première image modifiée : {prompt}. Les autres sont encore en cours.",
  "job.preview":
    "<i>Une ébauche de ce que cela peut donner.</i>{ai, select, yes { (retouché par IA)} other {}}",
  "job.preview.alt": "Une ébauche : {prompt}. La peinture continue.",
  "job.cancelled": "🚫 <b>{prompt}</b>{for}\n{by, select, none {Annulé.} other {Annulé par {by}.}}",
  "job.failed": "⚠️ <b>{prompt}</b>{for}\n{reason}",
  "job.gone":
    "🗑️ Les images de cette retouche ne sont plus conservées. Il reste la description : <b>{prompt}</b>",
  "phase.loading": "réveil des modèles",
  "phase.features": "examen de l'image",
  "phase.round": "recherche du bon endroit",
  "phase.draft": "essai de plusieurs endroits",
  "phase.full": "peinture des résultats",
  "phase.done": "dernières retouches",

  "result.text":
    "✨ <b>{prompt}</b>{for}\n{where}{count, plural, =1 {} other { · résultat {rank} sur #}} · {time}{ai, select, yes { · retouché par IA} other {}}",
  "result.found":
    "{source, select, none {peint à l'endroit qui convient le mieux} other {à la place de : <i>{source}</i>}}",
  "result.area":
    "{source, select, none {peint dans la zone choisie} other {à la place de : <i>{source}</i>, dans la zone choisie}}",
  "result.weak":
    "L'image ne montre guère ce que demande la phrase. Essayez {reroll, select, yes {<i>Relancer</i>, } other {}}d'autres mots, ou dites ce qu'il faut remplacer.",
  "result.details":
    "Peint avec <c>{pack}</c>{steps, plural, =0 {} one {, # étape} other {, # étapes}}, graine <c>{seed}</c>, demande <c>{job}</c>.",
  "result.changed":
    "{share, number, percent} de l'image a changé ; tout le reste est l'original, au pixel près.",
  "result.method": "l'image entière, retouchée avec <c>{method}</c>",
  "result.method.box": "Retouchée avec <c>{method}</c>.",
  "result.jpeg": "Montré en JPEG pour tenir ici ; <i>Pleine qualité</i> donne le fichier sans perte.",
  "result.scaled":
    "Montré en {width}×{height} pour tenir ici ; <i>Pleine qualité</i> donne la taille entière.",
  "result.spoiler": "Le filtre de sécurité juge cette image choquante. Il peut se tromper.",
  "result.hidden":
    "Le filtre de sécurité juge cette image choquante, elle n'est donc pas montrée ici. Il peut se tromper ; <i>Pleine qualité</i> ne la montre qu'à vous.",
  "result.unshown":
    "✨ <b>{prompt}</b>{for}\nLe résultat est prêt, mais {why, select, attach {je n'ai pas le droit de joindre des fichiers ici} large {il est trop lourd pour cet endroit} other {je n'ai pas pu le montrer ici}}. <i>Envoyez-le-moi</i> ne l'apporte qu'à vous.",
  "result.moved": "Je ne peux plus écrire là où vous avez demandé ; je vous le donne donc ici.",
  "result.elsewhere":
    "✨ <b>{prompt}</b>{for}\n{done, select, yes {C'est fait. Le résultat est dans mon message plus récent.} other {C'est fini. Mon message plus récent dit pourquoi.}}",
  "result.alt":
    "Image retouchée : {prompt}, peint dans une zone de {width} sur {height} pixels, {where}{source, select, none {} other {, là où se trouvait : {source}}}.",
  "result.alt.box": "La même avec la zone peinte dessinée.",
  "gallery.text":
    "Les {count} résultats de <b>{prompt}</b>, le meilleur d'abord.{ai, select, yes { (retouché par IA)} other {}}",
  "gallery.alt": "Résultat {rank} : {prompt}, peint {where}.",
  "gallery.hidden":
    "{count, plural, one {# d'entre eux manque, car le filtre de sécurité le juge choquant.} other {# d'entre eux manquent, car le filtre de sécurité les juge choquants.}}",
  "gallery.there": "Tous les résultats sont déjà dans un message, plus haut.",
  "gallery.coming": "Les {count} résultats arrivent dans un message.",
  "alternate.text":
    "Résultat {rank} sur {count} pour <b>{prompt}</b>. Le message plus haut ne peut plus être changé, il arrive donc en réponse.{ai, select, yes { (retouché par IA)} other {}}",
  "variation.text":
    "Résultat {rank} sur {count} pour <b>{prompt}</b>.{ai, select, yes { (retouché par IA)} other {}}",
  "shared.text":
    "✨ <b>{prompt}</b>{for}\nPartagé par qui l’a demandé.{ai, select, yes { (retouché par IA)} other {}}",
  "comparison.text": "<b>{prompt}</b> : avant, puis après.{ai, select, yes { (retouché par IA)} other {}}",
  "comparison.before.alt": "L’image avant la modification.",
  "where.top-left": "en haut à gauche",
  "where.top": "en haut",
  "where.top-right": "en haut à droite",
  "where.left": "à gauche",
  "where.centre": "au centre",
  "where.right": "à droite",
  "where.bottom-left": "en bas à gauche",
  "where.bottom": "en bas",
  "where.bottom-right": "en bas à droite",

  "warning.prompt-cut": "La phrase est plus longue que ce que lit le modèle ; la fin a été laissée de côté.",
  "warning.negative-unused":
    "On ne peut pas dire à ce modèle ce qu'il doit éviter ; ce souhait n'a rien changé.",
  "warning.words-unknown":
    "{count, plural, =0 {Je ne connais pas {unknown}} =1 {Je ne connais pas <i>{word}</i> et l'ai pris pour <i>{as}</i>{unknown, select, none {} other {, et je ne connais pas {unknown}}}} other {J'ai pris {pairs}{unknown, select, none {} other {, et je ne connais pas {unknown}}}}}. L'image montre peut-être autre chose.",
  "warning.words-unknown.pair": "<i>{word}</i> pour <i>{as}</i>",
  "warning.words-unknown.more": "{count, plural, one {# autre mot} other {# autres mots}}",
  "warning.words-unknown.unnamed":
    "Ce modèle ne connaît pas tous les mots de la phrase. Il a deviné ; l'image montre peut-être autre chose.",
  "warning.results-unsafe": "Certains résultats manquent, car le filtre de sécurité les a refusés.",
  "warning.source-uncertain":
    "J'ai deviné ce qu'il fallait remplacer : <i>{source}</i>. Si c'est autre chose, redemandez en le nommant.",
  "warning.source-uncertain.unnamed":
    "Je n'étais pas sûr de ce qu'il fallait remplacer. Si c'est autre chose, redemandez en le nommant.",
  "warning.class-painted":
    "Peint comme « {class} » (sûr à {percent} %) : ce modèle connaît une liste de choses, pas de phrases.",
  "warning.source-unknown":
    "Je ne connais le nom de rien sur cette image ; j'ai donc peint là où cela convient le mieux. S'il faut remplacer quelque chose, redemandez en le nommant.",

  "button.cancel": "Annuler",
  "button.larger": "Zone plus grande",
  "button.smaller": "Zone plus petite",
  "button.box": "Montrer la zone",
  "button.box.off": "Cacher la zone",
  "button.all": "Tout montrer",
  "button.compare": "Avant et après",
  "button.upscale": "Agrandir",
  "button.share": "Montrer à tout le monde",
  "button.unshare": "Retirer",
  "button.reroll": "Relancer",
  "button.retry": "Réessayer",
  "button.again": "Retoucher encore",
  "button.paint": "Oui, retoucher",
  "button.form": "Corriger et réessayer",
  "button.settings": "Changer mes réglages",
  "button.forget": "Tout supprimer",
  "button.original": "Pleine qualité",
  "button.delete": "Supprimer",
  "button.resend": "Envoyez-le-moi",

  "answer.queued": "C'est parti ! Mon message ici montre l'avancement, puis le résultat.",
  "answer.queued.private": "C'est parti ! Le résultat vous arrive en message privé.",
  "answer.queued.kept":
    "C'est parti ! Je ne peux pas vous écrire en privé ; le résultat arrive ici s'il est prêt bientôt. Sinon, {queue} vous le donne.",
  "answer.which-picture": "Laquelle des {count} images ? Elles comptent dans l’ordre où elles se trouvent.",
  "answer.avatar":
    "{on, select, yes {Les autres peuvent faire modifier ta photo de profil.} none {Il n’y a pas de photos de profil ici.} other {Personne d’autre que toi ne peut faire modifier ta photo de profil.}}",
  "answer.english":
    "Au fait : je ne lis bien que l'anglais. Dans une autre langue, je peins peut-être autre chose.",
  "answer.how":
    "Joignez une image et dites ce qu'il faut peindre : {example}. Ou choisissez <i>{action}</i> dans le menu d'un message qui a une image.",
  "answer.prompt-missing":
    "J'ai l'image ; que dois-je peindre ? Écrivez-le-moi ici dans les dix minutes : {example}",
  "answer.offer": "Dois-je retoucher encore cette image, avec ces mots ? <i>{prompt}</i>",
  "answer.cancelled": "Annulé.",
  "answer.over": "Cette demande est déjà terminée.",
  "answer.deleted": "Supprimé.",
  "answer.shown-there": "Le résultat {rank} est maintenant affiché dans le message du résultat.",
  "answer.variation-there": "Le résultat {rank} est déjà plus bas, dans un message à part.",
  "answer.shared":
    "{new, select, yes {Il est dans {channel}, où tout le monde le voit.} other {Il est déjà dans {channel}.}}",
  "answer.forget":
    "{jobs, plural, one {Supprimer # demande avec ses images, et le message qui la montre ?} other {Supprimer # demandes avec leurs images, et les messages qui les montrent ?}} C'est définitif.",
  "answer.not-yours": "Seule la personne qui a demandé cette retouche, ou un admin, peut faire cela.",
  "answer.no-larger": "C'est la plus grande zone à cet endroit.",
  "answer.no-smaller": "C'est la plus petite zone à cet endroit.",
  "answer.original":
    "Le fichier sans perte, {width}×{height}.{ai, select, yes { (retouché par IA)} other {}}",
  "answer.upscaled":
    "Agrandie, {width}×{height}. À la différence du résultat lui-même, elle est repeinte partout.{ai, select, yes { (retouché par IA)} other {}}",
  "answer.original.large":
    "Le fichier sans perte fait {megabytes, number, ::.0} Mo, plus que ce qui tient ici.{copied, select, none {} other { Voici la meilleure copie possible : {copied}.}} La personne qui gère le bot peut vous donner le fichier : demande <c>{job}</c>.{ai, select, yes { (retouché par IA)} other {}}",
  "answer.forgotten":
    "{jobs, plural, =0 {Il n'y avait rien à supprimer.} one {# demande supprimée avec ses images.} other {# demandes supprimées avec leurs images.}}",
  "answer.forgotten.kept":
    "Ce que les admins ont réglé pour vous, comme un blocage, et noté sur vos demandes reste chez eux ; leur nombre est gardé un jour, sans votre nom.",
  "answer.removal.copies":
    "{count, plural, one {Une retouche faite par quelqu'un d'autre à partir de votre image a été supprimée aussi.} other {# retouches faites par d'autres à partir de vos images ont été supprimées aussi.}}",
  "answer.removal.messages":
    "{count, plural, one {Un message n'a pas encore pu être supprimé. Je continue d'essayer.} other {# messages n'ont pas encore pu être supprimés. Je continue d'essayer.}}",
  "answer.removal.pictures":
    "{count, plural, one {Les images d'une demande n'ont pas encore pu être supprimées. Je continue d'essayer.} other {Les images de # demandes n'ont pas encore pu être supprimées. Je continue d'essayer.}}",
  "answer.mentions":
    "{on, select, yes {Les résultats qui prennent plus d'une demi-minute vous mentionnent.} other {Les résultats ne vous mentionnent pas.}}{here, select, yes {} other { Un admin a désactivé les mentions ici.}}",
  "answer.settings":
    "Là où rien n'est choisi, vaut ce qui est fixé ici ; le vôtre passe avant celui du canal, qui passe avant celui de tous :",
  "answer.settings.me": "Vous : {any, select, yes {{set}} other {rien}}",
  "answer.settings.channel": "Ce canal : {any, select, yes {{set}} other {rien}}",
  "answer.settings.workspace": "Tous ici : {any, select, yes {{set}} other {rien}}",
  "answer.permission": "Je ne peux pas travailler ici : {permissions}. Demandez à un admin de l'autoriser.",
  "answer.permission.join":
    "Je ne suis pas encore dans ce canal. Invitez-moi avec <c>/invite</c>, puis redemandez.",
  "answer.permission.archived": "Ce canal est archivé.",
  "answer.permission.group":
    "Je ne travaille pas dans les messages de groupe ; utilisez un canal ou écrivez-moi.",
  "permission.view": "je n'ai pas accès à cet endroit",
  "permission.post": "je ne peux pas écrire ici",
  "permission.attach": "je ne peux pas joindre de fichiers ici",
  "permission.react": "je ne peux pas ajouter de réactions ici",
  "permission.read-history": "je ne peux pas lire l'historique ici",
  "permission.join": "je ne suis pas membre de ce canal",

  "modal.edit.title": "Retoucher une image",
  "modal.again.title": "Retoucher encore",
  "modal.submit": "Retoucher",
  "modal.settings.title": "Vos réglages",
  "modal.settings.submit": "Enregistrer",
  "modal.prompt": "Que dois-je peindre ? (en anglais)",
  "modal.prompt.example": "a big tree with many flowers",
  "modal.image": "Image",
  "modal.negative": "Que ne faut-il pas y voir ? (facultatif)",
  "modal.strength": "Combien doit changer ?",
  "modal.where": "Où ? (facultatif)",
  "modal.results": "Combien de résultats ? (facultatif)",
  "modal.pack": "Peint par",
  "modal.style": "Style",
  "modal.source": "Que faut-il remplacer ? (facultatif)",
  "modal.seed": "Graine (facultative)",
  "modal.method": "Retoucher avec",
  "modal.unchosen": "comme d'habitude",
  "modal.more": "Autres options",
  "modal.more.hint": "Chacune précédée de deux tirets et suivie de sa valeur, par exemple : --seed 7",
  "modal.options": "Options",
  "modal.options.overlay": "Montrer la zone peinte",
  "modal.options.private": "Me l'envoyer en privé",
  "choice.strength.touch": "un peu",
  "choice.strength.some": "plus",
  "choice.strength.all": "tout",

  "queue.none": "Vous n'avez rien en attente ni en cours.",
  "queue.mine": "<b>Vos demandes</b>",
  "queue.waiting":
    "<c>{job}</c> {prompt} : {position, plural, =1 {prochaine de la file} other {numéro # dans la file}}{start, select, none {} other {, commence {start}}}",
  "queue.running": "<c>{job}</c> {prompt} : en cours{left, select, none {} other {, encore {left}}}",
  "queue.posting": "<c>{job}</c> {prompt} : prêt, en route vers vous",
  "queue.undeliverable":
    "<c>{job}</c> {prompt} : {how, select, done {prêt, mais n'a pas pu être envoyé{kept, select, yes {. Le bouton ci-dessous vous l'envoie.} other {}}} failed {cela n'a pas marché{kept, select, yes {. Le bouton ci-dessous dit pourquoi.} other {}}} other {annulé}}",
  "queue.length":
    "{count, plural, =0 {Personne n'attend.} one {# demande attend en tout.} other {# demandes attendent en tout.}}",
  "queue.paused": "Un admin a mis la file en pause ; chacun garde sa place.",

  "help.text":
    "Je retouche une image avec une phrase. Vous ne dessinez pas de masque : j'apprends <i>où</i> retoucher, j'essaie plusieurs endroits et je vous montre le meilleur.\n\n<b>Pour commencer</b>\n{start}\n{menu}\n{mention}\n\n<b>Avec un résultat</b>\nLes nombres (boutons ou réactions) montrent les résultats d'autres endroits, 🔲 montre la zone que j'ai peinte. <i>Zone plus grande</i> et <i>plus petite</i> repeignent le même endroit, <i>Relancer</i> essaie une autre graine, <i>Retoucher encore</i> part du résultat.\n\n<b>Vos données</b>\n{commands}\nLes images disparaissent d'elles-mêmes après {days, plural, one {# jour} other {# jours}}.",
  "help.command": "• {command} : {description}",
  "help.start": "• {command} avec une image et, en anglais, ce qu'il faut peindre",
  "help.menu": "• <i>{action}</i> dans le menu de tout message avec une image",
  "help.mention": "• mentionnez-moi avec une image : {example}",

  "admin.lanes": "<b>Voies</b>",
  "admin.lane.idle": "<c>{lane}</c> libre",
  "admin.lane.paused": "<c>{lane}</c> en pause",
  "admin.lane.refusing":
    "<c>{lane}</c> {why, select, away {est injoignable} version {est d''une autre version du bot : mettez la plus ancienne à jour} pack {n''a pas le pack de modèles du bot} safety {ne vérifie pas les images, alors que celles du bot doivent l''être} other {s''arrête dès que ce qui y tourne est fini}}",
  "admin.lane.running":
    "<c>{lane}</c> demande <c>{job}</c>{left, select, none {} other {, encore {left}}}{paused, select, yes {, puis en pause} other {}}",
  "admin.waiting": "<b>En attente</b> {count, number}",
  "admin.waiting.job":
    "{position, number}. <c>{job}</c> {who} : {prompt}{start, select, none {} other {, commence {start}}}",
  "admin.waiting.other":
    "{position, number}. une demande d'ailleurs{start, select, none {} other {, commence {start}}}",
  "admin.waiting.more": "… et {count, number} de plus",
  "admin.today":
    "<b>24 dernières heures</b> {done, number} faites, {failed, number} échouées, {cancelled, number} annulées, {undeliverable, number} non remises",
  "admin.times": "La moitié a pris moins de {median}, 95 % moins de {p95}.",
  "admin.failures": "Échecs : {list}",
  "admin.draining": "Le bot finit ce qui tourne et ne prend plus rien.",
  "admin.paused":
    "{lane, select, all {Toutes les voies sont} other {La voie {lane} est}} en pause. Ce qui tourne se terminera.",
  "admin.resumed":
    "{lane, select, all {Toutes les voies tournent} other {La voie {lane} tourne}} de nouveau.",
  "admin.no-lane": "Il n'y a pas de voie {lane}. Les voies sont : {lanes}.",
  "admin.cancelled":
    "{count, plural, =0 {Il n'y avait rien à annuler.} one {# demande annulée.} other {# demandes annulées.}}",
  "admin.cancel.which": "Dites lesquelles : <c>job</c>, <c>member</c> ou <c>all</c>.",
  "admin.no-job": "Il n'y a pas de telle demande ici : {job}. {queue} montre ce qui tourne et attend.",
  "admin.moved": "La demande <c>{job}</c> est la prochaine.",
  "admin.moved.here":
    "La demande <c>{job}</c> est la prochaine de celles d'ici. Celles d'ailleurs gardent leur place.",
  "admin.not-waiting": "La demande <c>{job}</c> n'attend pas.",
  "admin.drained":
    "Ce qui tourne se termine, rien de nouveau n'est pris. Ce qui attend reprend après un redémarrage.",
  "admin.drained.lane":
    "Ce qui tourne sur {lane} va finir, et rien de nouveau n'y est pris jusqu'à sa reprise.",
  "admin.limits":
    "Tout le monde ici : {waiting, number} en attente ou en cours, {perDay, number} en 24 heures.",
  "admin.limits.exception":
    "{who} : {waiting, number} en attente ou en cours, {perDay, number} en 24 heures.",
  "admin.limits.pack":
    "Avec <c>{pack}</c>{who, select, all {} other {, {who}}} : {waiting} en attente ou en cours, {perDay} en 24 heures.",
  "admin.limits.ceiling":
    "Pas plus de {waiting, number} en attente ou en cours et {perDay, number} en 24 heures : c'est ce qu'ont fixé les personnes qui gèrent le bot.",
  "admin.blocked": "{who} ne peut plus demander de retouches ici.",
  "admin.blocked.everywhere": "{who} ne peut plus rien faire avec moi, ni ici ni ailleurs.",
  "admin.blocked.part":
    "{who} ne peut plus rien faire avec moi, ni ici ni sur un autre serveur dont ce processus s’occupe. Les autres processus ont leurs propres listes : suspendez {who} sur un serveur de chacun.",
  "admin.block.self": "Vous ne pouvez pas vous suspendre vous-même.",
  "admin.unblocked": "{who} peut de nouveau demander des retouches ici.",
  "admin.unblocked.not-everywhere":
    "{who} n'est plus suspendu ici, mais le reste partout, par décision des personnes qui gèrent le bot.",
  "admin.channels.everywhere":
    "{deniedCount, plural, =0 {Je réponds partout.} other {Je réponds partout sauf dans : {denied}}}",
  "admin.channels":
    "{count, plural, =0 {Je ne réponds nulle part.} other {Je réponds seulement dans : {list}{deniedCount, plural, =0 {} other { ; pas dans : {denied}}}}}",
  "admin.channel.which": "Dites quel <c>channel</c>.",
  "admin.words": "{list, select, none {Aucun mot n'est refusé.} other {Mots refusés : {list}}}",
  "admin.word.which": "Dites quel <c>word</c>.",
  "admin.safety":
    "{policy, select, off {Les images ne sont pas contrôlées ici.} refuse {Les images que le filtre de sécurité juge choquantes sont refusées ici, au départ comme à l'arrivée.} other {Les résultats que le filtre de sécurité juge choquants sont cachés ici jusqu'à ce que quelqu'un demande à les voir.}}",
  "admin.safety.none":
    "Aucune image n'est contrôlée, car le bot n'a pas de modèle pour cela. La personne qui le gère met <c>LRBOT_SAFETY_MODEL</c> au dossier d'un modèle et le redémarre ; <c>docs/safety.md</c> dit comment l'obtenir.",
  "admin.reset": "Le réglage <c>{setting}</c> est revenu à sa valeur de départ.",
  "admin.unreadable":
    "⚠️ Ces réglages sont endommagés et illisibles : <c>{names}</c>. D'ici leur réparation, je refuse à tous ce dont ils décident. {reset} en remet un à sa valeur de départ.",
  "admin.unreadable.lanes":
    "⚠️ La liste des files en pause est endommagée et illisible : toutes sont donc en pause. Les personnes qui gèrent le bot les relancent avec {resume}.",
  "admin.mentions":
    "{on, select, yes {Les résultats qui prennent plus d'une demi-minute mentionnent la personne qui les a demandés. Qui n'en veut pas tape {command}.} other {Les résultats ne mentionnent personne ici.}}",
  "admin.audit.none": "Aucune action pour l'instant.",
  "admin.audit.line": "{time} {who} : {action} {details}",
  "admin.operators":
    "Cela concerne toutes les communautés que sert le bot : seules les personnes qui le gèrent peuvent le faire. Il les connaît par <c>LRBOT_ADMINS</c>.",

  "error.picture-not-a-picture":
    "Ce fichier n'est pas une image que je sais lire. PNG, JPEG, WebP et AVIF conviennent.",
  "error.picture-heic":
    "C'est une photo HEIC, que je ne sais pas lire. Sur un iPhone, choisissez <i>Le plus compatible</i> dans Réglages › Appareil photo › Formats, ou envoyez-en une capture d'écran ou un JPEG.",
  "error.picture-animated": "Les images animées ne fonctionnent pas encore. Envoyez-en une fixe.",
  "error.picture-corrupt": "L'image est endommagée ou tronquée. Enregistrez-la et envoyez-la de nouveau.",
  "error.picture-too-small": "L'image est trop petite : son petit côté doit avoir au moins 32 pixels.",
  "error.picture-too-large": "L'image est trop grande : 50 mégapixels au plus, moins en AVIF.",
  "error.picture-too-long": "L'image est trop allongée : 8 pour 1 au plus.",
  "error.picture-too-many-scans":
    "L'image est un JPEG de plus de 100 passes. Réenregistrez-la et envoyez cette copie.",
  "error.picture-too-costly":
    "Cette image demande trop de temps ou de mémoire à lire. Réenregistrez-la en PNG ou en JPEG simple et envoyez cette copie.",
  "error.prompt-empty": "Dites ce qu'il faut peindre, par exemple : <c>a big tree with many flowers</c>.",
  "error.prompt-too-long": "La phrase est trop longue : 1 000 caractères au plus.",
  "error.class-unknown":
    "Ce modèle peint une liste de choses, et aucune ne ressemble à ce que tu as écrit. Essaie le nom d’une chose.",
  "error.prompt-characters":
    "La phrase contient des caractères invisibles que je ne peux pas utiliser. Retapez-la à la main.",
  "error.setting":
    "{setting, select, box {La zone dépasse de l'image, ou n'en est pas une : c'est gauche,haut,largeur,hauteur en pixels, par exemple 120,40,160,160} steps {Le nombre d'étapes est hors limites} strength {La force est hors limites} guidance {Le guidage est hors limites} seed {La graine est hors limites} other {Une valeur de cette demande est hors limites}}. Commencez-en une nouvelle avec {edit}.",
  "error.choice":
    "{count, plural, =0 {Ici, je choisis moi-même {option} : ne le précisez pas} other {Il n'y a pas de {option} <c>{got}</c> ici. Il y a : {choices}}}.",
  "error.number": "{option} est un nombre entier de {low, number} à {high, number}.",
  "error.text": "{option} est trop long : {most, number} caractères au plus.",
  "error.option": "Je ne comprends pas <c>{got}</c> à cet endroit. Vous pouvez dire : {options}",
  "error.option.value":
    "{count, plural, =0 {Écrivez quelque chose après <c>{got}</c>, ou ne le mettez pas.} other {Écrivez l''un de ceux-ci après <c>{got}</c>, ou ne le mettez pas : {values}.}}",
  "error.where":
    "Je ne connais pas d'endroit <c>{got}</c>. Dites left, right, top, bottom ou middle, ou un cadre en pour cent de l'image : gauche,haut,largeur,hauteur, par exemple 10,20,50,40.",
  "error.style":
    "Le style <c>{style}</c> ne va pas avec <c>{pack}</c> : il est fait pour {packs}. Ne précisez pas l'un des deux, ou choisissez-en un autre.",
  "error.where-outside":
    "Le cadre <c>{got}</c> sort de l'image, ou est vide. En pour cent, gauche et largeur font ensemble 100 au plus, haut et hauteur aussi.",
  "error.seed": "La graine est un nombre entier de 0 à 4 294 967 295. Sans elle, j'en choisis une.",
  "error.misread":
    "{got, select, none {Il manque quelque chose.} other {Je n'y comprends pas <c>{got}</c>.}} Cela se tape ainsi :",
  "error.unknown-command":
    "Je ne connais pas <c>{typed}</c>.{meant, select, none {} other { Vouliez-vous dire <c>{meant}</c> ?}} Cela se tape ainsi :",
  "error.pack":
    "Le paquet de modèles du bot manque ou est endommagé. Le journal de l'admin en dit plus ; réessayez plus tard.",
  "error.attachment-missing": "Je n'y vois pas d'image. Joignez-en une (PNG, JPEG, WebP ou AVIF).",
  "error.attachment-refused":
    "Je ne prends que des images de cette messagerie. Joignez le fichier directement.",
  "error.attachment-too-large": "Le fichier est trop lourd : {megabytes, number} Mo au plus.",
  "error.attachment-unavailable": "Je n'ai pas pu récupérer l'image. Réessayez dans une minute.",
  "error.avatar-private":
    "Cette personne n’a pas autorisé les autres à modifier sa photo de profil. <c>/avatar</c> le permet.",
  "error.limit-waiting":
    "{count, plural, =0 {Les retouches sont désactivées pour vous ici. Demandez à un admin.} =1 {Vous avez déjà une demande en attente ou en cours, la limite ici. Quand elle est faite, envoyez la suivante.} other {Vous avez # demandes en attente ou en cours, la limite ici. Quand l'une est faite, envoyez la suivante.}}",
  "error.limit-per-day":
    "{count, plural, =0 {Les retouches sont désactivées pour vous ici. Demandez à un admin.} =1 {Votre retouche de 24 heures est épuisée.} other {Vos # retouches de 24 heures sont épuisées.}}{again, select, none {} other { La prochaine est possible {again}.}}",
  "error.limit-pack":
    "{per, select, once {Vous avez déjà en file autant de retouches avec <c>{pack}</c> que permis ({count, number}). Attendez-en une, ou choisissez un autre modèle.} other {Vos retouches avec <c>{pack}</c> pour 24 heures sont épuisées ({count, number}). Choisissez un autre modèle.{again, select, none {} other { La prochaine est possible {again}.}}}}",
  "error.member-blocked": "Un admin a suspendu vos retouches ici. Demandez-lui si c'est une erreur.",
  "error.channel-refused": "Je ne réponds pas ici. Demandez à un admin où je le fais.",
  "error.channel-refused.try": "Je ne réponds pas ici. Essayez dans {channels}.",
  "error.undressing-refused":
    "Je ne déshabille personne. Si vous vouliez autre chose, dites-le avec d'autres mots.",
  "error.words-refused": "La phrase contient des mots refusés ici. Prenez-en d'autres.",
  "error.picture-refused":
    "Le filtre de sécurité refuse cette image, ou tout ce qui en a été peint. Il peut se tromper : essayez une autre image, ou demandez à un admin.",
  "error.not-allowed": "C'est réservé aux admins. {help} montre ce que chacun peut faire.",
  "error.settings-unreadable":
    "Je ne peux pas vérifier qui a le droit de faire cela ici : un de mes réglages est endommagé. Un admin est prévenu ; réessayez plus tard.",
  "error.login-needed": "Dites d'abord qui vous êtes : rechargez la page et donnez le mot de passe.",
  "error.login-refused": "Ce n'est pas cela. Demandez à la personne qui gère ce bot.",
  "error.request-refused": "Cette demande ne vient pas de la page telle qu'elle a été fournie. Rechargez-la.",
  "error.tries-exceeded": "Trop d'essais de suite. Attendez un peu, puis réessayez.",
  "error.draining": "Le bot va redémarrer et ne prend plus rien. Réessayez dans quelques minutes.",
  "error.reference-invalid":
    "Ce bouton n'est pas à moi, ou pas d'ici. Commencez une nouvelle retouche avec {edit}.",
  "error.reference-expired": "Cette retouche n'est plus conservée. Commencez-en une nouvelle avec {edit}.",
  "error.worker":
    "Le rendu a planté plus d'une fois sur cette demande. Essayez une autre graine, ou une image plus petite.",
  "error.restarts": "Le bot a redémarré trop souvent pendant cette demande. Veuillez la renvoyer.",
  "error.out-of-memory": "La mémoire n'a pas suffi pour cette image. Essayez-en une plus petite.",
  "error.disk-full": "Le disque du bot est plein. Dites-le à un admin, puis réessayez.",
  "error.unwritable": "Le bot ne peut rien enregistrer pour le moment. Dites-le à un admin, puis réessayez.",
  "error.device":
    "L'appareil qui peint n'est pas disponible. Réessayez dans quelques minutes ; le journal de l'admin en dit plus.",
  "error.cancelled": "Annulé.",
  "error.place-too-small":
    "Même réduite, l'image est trop lourde pour cet endroit. Si la retouche est à vous, {queue} dans un message privé avec moi peut vous la donner.",
  "error.chat": "La messagerie était trop lente à l'instant. Réessayez.",
  "error.internal":
    "Quelque chose a mal tourné chez moi. Réessayez ; si cela se reproduit, dites à un admin que le journal le nomme <c>{reference}</c>.",

  ...adminsFr,
  ...studyFr,
  ...pageFr,
};
