import type { Delivery } from "../delivery/delivery.ts";
import type { ResponseUrls } from "../http/response-urls.ts";
import type { Events } from "../payloads/events.ts";
import type { FakeUser } from "../types.ts";
import type { Interactions } from "../world/interactions.ts";
import type { Messages } from "../world/messages.ts";
import type { World } from "../world/world.ts";

/** One member in their workspace: all that a member's actions need. */
export interface MemberParts {
  readonly world: World;
  readonly user: FakeUser;
  readonly messages: Messages;
  readonly events: Events;
  readonly interactions: Interactions;
  readonly responseUrls: ResponseUrls;
  readonly delivery: Delivery;
}
