// Ends with status 0 while the bot lives, for Docker. It asks /healthz, not /readyz: a chat that is down does not make the bot
// unhealthy, since starting again would not bring it back; and a bot that every chat has refused ends by itself.
const { LRBOT_HOST: host = "127.0.0.1", LRBOT_PORT: port = "8080" } = process.env;
const address = { "0.0.0.0": "127.0.0.1", "::": "[::1]" }[host] ?? (host.includes(":") ? `[${host}]` : host);

try {
  const response = await fetch(`http://${address}:${port || 8080}/healthz`, {
    signal: AbortSignal.timeout(4000),
  });
  console.log(await response.text());
  process.exit(response.ok ? 0 : 1);
} catch (error) {
  console.error(`Expected the bot to answer on port ${port}, got ${error.cause?.code ?? error.message}.`);
  process.exit(1);
}
