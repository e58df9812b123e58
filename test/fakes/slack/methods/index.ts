import { chatMethods } from "./chat.ts";
import { conversationMethods } from "./conversations.ts";
import { fileMethods } from "./files.ts";
import { groupMethods } from "./groups.ts";
import { historyMethods } from "./history.ts";
import { identityMethods } from "./identity.ts";
import { type Method, method } from "./method.ts";
import { reactionMethods } from "./reactions.ts";
import { viewMethods } from "./views.ts";

/** Every Web API method that the fake speaks. */
export const methods: ReadonlyMap<string, Method> = new Map(
  Object.entries({
    ...identityMethods,
    ...groupMethods,
    ...conversationMethods,
    ...historyMethods,
    ...chatMethods,
    ...reactionMethods,
    ...viewMethods,
    ...fileMethods,
    // Called with the app-level token; `web-api.ts` sees to that.
    "apps.connections.open": method(null, {}, (_, { socketUrl }) => ({ url: socketUrl() })),
  }),
);
