import { auditCommand } from "./admin/audit.ts";
import { blockCommand, unblockCommand } from "./admin/block.ts";
import { cancelCommand } from "./admin/cancel.ts";
import { channelsCommand } from "./admin/channels.ts";
import { cooldownCommand } from "./admin/cooldown.ts";
import { drainCommand } from "./admin/drain.ts";
import { limitsCommand } from "./admin/limits.ts";
import { logCommand } from "./admin/log.ts";
import { adminMentionsCommand } from "./admin/mentions.ts";
import { moderatorsCommand } from "./admin/moderators.ts";
import { moveCommand } from "./admin/move.ts";
import { packsCommand } from "./admin/packs.ts";
import { pauseCommand, resumeCommand } from "./admin/pause.ts";
import { privateCommand } from "./admin/private.ts";
import { adminQueueCommand } from "./admin/queue.ts";
import { resetCommand } from "./admin/reset.ts";
import { safetyCommand } from "./admin/safety.ts";
import { variationsCommand } from "./admin/variations.ts";
import { wordsCommand } from "./admin/words.ts";
import { avatarCommand } from "./avatar.ts";
import type { Command } from "./define-command.ts";
import { type EditOffer, editCommandFor, editOptionsFor, nothingOffered } from "./edit.ts";
import { forgetCommand } from "./forget.ts";
import { helpCommand } from "./help.ts";
import { mentionsCommand } from "./mentions.ts";
import { queueCommand } from "./queue.ts";
import { settingsCommandFor } from "./settings.ts";
import { studyPauseCommand, studyResumeCommand, studyStopCommand } from "./study/change.ts";
import { studyExportCommand } from "./study/export.ts";
import { studyListCommand } from "./study/list.ts";
import { studyRemoveCommand } from "./study/remove.ts";
import { studyResultsCommand } from "./study/results.ts";
import { studyStartCommand } from "./study/start.ts";

/** Every command, in the order in which platforms and `/help` list them; members may choose among what is offered. */
export function commandsFor(offer: EditOffer): readonly Command[] {
  const options = editOptionsFor(offer);
  return [editCommandFor(options), settingsCommandFor(options), ...others];
}

const others: readonly Command[] = [
  queueCommand,
  helpCommand,
  mentionsCommand,
  avatarCommand,
  forgetCommand,
  adminQueueCommand,
  pauseCommand,
  resumeCommand,
  cancelCommand,
  moveCommand,
  drainCommand,
  limitsCommand,
  blockCommand,
  unblockCommand,
  channelsCommand,
  wordsCommand,
  safetyCommand,
  adminMentionsCommand,
  variationsCommand,
  cooldownCommand,
  privateCommand,
  moderatorsCommand,
  packsCommand,
  logCommand,
  resetCommand,
  auditCommand,
  studyStartCommand,
  studyPauseCommand,
  studyResumeCommand,
  studyStopCommand,
  studyResultsCommand,
  studyExportCommand,
  studyListCommand,
  studyRemoveCommand,
];

/** Where members choose among nothing. */
export const commands = commandsFor(nothingOffered);
