import { linesOf } from "../../../locales/rich-text.ts";
import { say } from "../../context.ts";
import { defineCommand } from "../define-command.ts";

const listed = 10;

/** `/study list`: studies of this guild or workspace, newest first, and the sets that there are. */
export const studyListCommand = defineCommand({
  name: "study list",
  options: [],
  isForAdmins: true,
  async run({ event, services, words }) {
    const { studies } = services.store;
    const { platform, workspace } = event.place;
    const here = await studies.list({ platform, workspace, limit: listed });
    const lines = await Promise.all(
      here.map(async ({ id: study, set, state, place }) => {
        const { votes } = await studies.progress(study);
        return words.say("study.line", { study, set, state, where: { channel: place.channel }, votes });
      }),
    );
    const sets = (await services.studies.sets.names()).join(", ") || "none";
    const none = here.length === 0 ? words.say("study.none") : null;
    await say(event.respond, linesOf(none, ...lines, words.say("study.sets", { sets })));
  },
});
