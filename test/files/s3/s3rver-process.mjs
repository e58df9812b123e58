// Starts @20minutes/s3rver on the folder that is named, on a free port, which it prints. `strict` checks signatures.
import S3rver from "@20minutes/s3rver";

const [directory, mode] = process.argv.slice(2);
const server = new S3rver({
  ...{ address: "127.0.0.1", port: 0, silent: true, vhostBuckets: false, directory },
  allowMismatchedSignatures: mode !== "strict",
});
const { port } = await server.run();
console.log(port);
