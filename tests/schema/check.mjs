// Judges pipelines/*.schema.json with ajv, in strict mode: they are schemas, they accept every shipped file by the one it names, and the pipelines'
// refuses what an editor should underline. Reads files only. Run by .ci/run after `npm ci` in this folder.
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import Ajv2020 from "ajv/dist/2020.js";
import { parse } from "yaml";

const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
// Every `anyOf` branch states only what it adds, so types and properties stand beside it, not in it.
const ajv = new Ajv2020({ strict: true, strictRequired: false, strictTypes: false, allErrors: true });
const schemas = new Map(
  ["pipeline.schema.json", "common/trust.schema.json"]
    .map((name) => join(repository, "pipelines", name))
    .map((path) => [path, ajv.compile(JSON.parse(readFileSync(path, "utf8")))]),
);
const [holds] = schemas.values();
let failures = 0;

const fail = (file, why) => {
  failures++;
  console.error(`${relative(repository, file)}: ${why}`);
};

const yamlFiles = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith(".yaml"))
    .map((name) => join(folder, name))
    .sort();

const pipelines = yamlFiles(join(repository, "pipelines"));
for (const file of pipelines) {
  const text = readFileSync(file, "utf8");
  const named = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text)?.[1];
  const accepts = named && schemas.get(resolve(dirname(file), named));
  if (!accepts) {
    fail(file, "its first line does not name a schema of ours");
  } else if (!accepts(parse(text))) {
    fail(file, ajv.errorsText(accepts.errors));
  }
}

// What an editor can know without running anything: keys, kinds of value, words, numbers.
const visible = /typo-in-(top-level|source|from|read|map|time|trust|expect|screen|score|sink)-key|typo-in-(mode|reader|renderer|transport|tlp|type|header|rpz-action|compression)|for-(list|block)|duration|percentage-(without|as)|confidence|prefix|missing-(type|path|value|field|sink-name)/;
const broken = yamlFiles(join(repository, "tests/corpus/broken")).filter((file) => visible.test(file));
for (const file of broken) {
  if (holds(parse(readFileSync(file, "utf8")))) {
    fail(file, "an editor would underline nothing");
  }
}

console.log(`${pipelines.length} pipelines accepted, ${broken.length} broken ones refused, ${failures} failures`);
process.exit(failures === 0 && pipelines.length > 0 && broken.length > 30 ? 0 : 1);
