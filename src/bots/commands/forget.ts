import { linesOf } from "../../locales/rich-text.ts";
import { ownerOf } from "../context.ts";
import { countJobs, forgetAll } from "../events/forget.ts";
import { newJobId } from "../intake/job-files.ts";
import { defineCommand } from "./define-command.ts";

/**
 * `/forget`: asks whether the member's pictures, jobs, the messages that show them and votes in studies are to be deleted; a button does it. Where there
 * are none it is done at once: what they are just asking for comes to nothing.
 */
export const forgetCommand = defineCommand({
  name: "forget",
  options: [],
  isForAdmins: false,
  async run(context) {
    const { event, services, words } = context;
    await event.respond.acknowledge();
    const jobs = await countJobs(context);
    const votes = await services.store.studies.countVotes(ownerOf(event));
    if (jobs === 0 && votes === 0) return forgetAll(context);
    const id = services.references.write("forget", newJobId());
    await event.respond.say({
      text: linesOf(
        jobs > 0 ? words.say("answer.forget", { jobs }) : null,
        votes > 0 ? words.say("answer.forget.votes", { votes }) : null,
      ),
      pictures: [],
      buttons: [[{ id, label: words.plain("button.forget"), emoji: "🗑️", style: "danger" }]],
    });
  },
});
