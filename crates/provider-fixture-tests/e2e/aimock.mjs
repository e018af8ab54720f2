// aimock, which speaks the APIs of OpenAI and Anthropic, on a free port of the loopback interface.
//
// Prints `listening URL`, and ends when its standard input does.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import path from "node:path";

// Installed elsewhere: beside the build, not beside this file.
const require = createRequire(pathToFileURL(path.join(process.cwd(), "package.json")));
const { LLMock } = require("@copilotkit/aimock");

const server = new LLMock({ host: "127.0.0.1", port: 0, chunkSize: 8, logLevel: "warn" });
server.loadFixtureFile(process.argv[2]);
await server.start();
console.log("listening", server.url);
process.stdin.resume().on("close", () => process.exit(0));
