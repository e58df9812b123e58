import { say } from "../../context.ts";
import { recordAction } from "../../record-action.ts";
import { defineCommand } from "../define-command.ts";
import { requireStudy } from "./find-study.ts";

/** `/study remove <study>`: deletes a study of here with all its votes, and its message. The id is asked for, since nothing brings it back. */
export const studyRemoveCommand = defineCommand({
  name: "study remove",
  options: [{ name: "study", kind: "text", maxLength: 32, isRequired: true }],
  isForAdmins: true,
  async run(context, { study: id }) {
    const { event, services, words } = context;
    const study = await requireStudy(context, id);
    const { votes } = await services.store.studies.progress(study.id);
    await services.store.studies.remove(study.id);
    await services.studies.files.remove(study.id);
    await services.studies.board.remove(study);
    await recordAction(context, "study remove", { study: study.id, set: study.set, votes });
    await say(event.respond, words.say("study.removed", { set: study.set, votes }));
  },
});
