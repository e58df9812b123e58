import { linesOf } from "../../../locales/rich-text.ts";
import { say } from "../../context.ts";
import { scopeOf } from "../../intake/settings.ts";
import { detailsText } from "../../messages/logged.ts";
import { defineCommand } from "../define-command.ts";

const lastByDefault = 15;

/** `/admin audit [last]`: who steered what, newest first. */
export const auditCommand = defineCommand({
  name: "admin audit",
  options: [{ name: "last", kind: "whole", range: [1, 50] }],
  isForAdmins: true,
  isDelegable: true,
  async run({ event, services, words }, { last }) {
    const entries = await services.store.audit.list(scopeOf(event.place), last ?? lastByDefault);
    const time = new Intl.DateTimeFormat(words.locale, { dateStyle: "short", timeStyle: "short" });
    const lines = entries.map(({ at, actor, action, details }) =>
      words.say("admin.audit.line", {
        time: time.format(at),
        who: { member: actor },
        action,
        details: detailsText(details),
      }),
    );
    await say(event.respond, lines.length === 0 ? words.say("admin.audit.none") : linesOf(...lines));
  },
});
