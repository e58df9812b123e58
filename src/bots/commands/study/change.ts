import type { StudyState } from "../../../store/studies.ts";
import { say } from "../../context.ts";
import { recordAction } from "../../record-action.ts";
import { defineCommand } from "../define-command.ts";
import { requireOpenStudy } from "./find-study.ts";

function changeCommand(verb: "pause" | "resume" | "stop", state: StudyState) {
  return defineCommand({
    name: `study ${verb}`,
    options: [],
    isForAdmins: true,
    async run(context) {
      const { event, services, words } = context;
      const study = await requireOpenStudy(context);
      await services.store.studies.setState(study.id, state, services.clock());
      if (state === "stopped") await services.studies.files.remove(study.id);
      services.studies.board.changed(study.id, true);
      await recordAction(context, `study ${verb}`, { study: study.id });
      await say(event.respond, words.say("study.changed", { set: study.set, state }));
    },
  });
}

/** `/study pause`: no votes for a while. */
export const studyPauseCommand = changeCommand("pause", "paused");
/** `/study resume`: votes again. */
export const studyResumeCommand = changeCommand("resume", "running");
/** `/study stop`: no votes any more; results stay. */
export const studyStopCommand = changeCommand("stop", "stopped");
