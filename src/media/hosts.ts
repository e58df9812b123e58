/**
 * The platforms' own hosts: the one list of where attachments may come from unless the configuration says otherwise.
 *
 * Discord serves attachments from its CDN and resized copies of them from its media proxy
 * (https://discord.com/developers/docs/reference#image-formatting). Slack's `url_private` and `url_private_download`
 * lie on one host (https://docs.slack.dev/reference/objects/file-object); GovSlack's has to be configured.
 */
export const attachmentHosts = {
  discord: ["cdn.discordapp.com", "media.discordapp.net"],
  slack: ["files.slack.com"],
} as const;
