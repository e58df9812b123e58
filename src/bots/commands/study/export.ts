import { say } from "../../context.ts";
import { recordAction } from "../../record-action.ts";
import { votesCsv } from "../../study/votes-csv.ts";
import { defineCommand } from "../define-command.ts";
import { requireStudy } from "./find-study.ts";

/** `/study export [study]`: all votes as a table in a file. */
export const studyExportCommand = defineCommand({
  name: "study export",
  options: [{ name: "study", kind: "text", maxLength: 32 }],
  isForAdmins: true,
  async run(context, { study: id }) {
    const { event, services, words } = context;
    const study = await requireStudy(context, id);
    const votes = await services.store.studies.votes(study.id);
    if (votes.length === 0) return say(event.respond, words.say("study.export.none"));
    const path = await services.studies.files.writeVotes(study.id, votesCsv(votes));
    await recordAction(context, "study export", { study: study.id });
    await event.respond.say({
      text: words.say("study.export", { set: study.set, votes: votes.length }),
      pictures: [],
      buttons: [],
      document: { path, fileName: `votes-${study.id}.csv` },
    });
  },
});
