// What a feed listed at a time, computed from the archive of its snapshots alone: the other opinion that backfills are held against.
// Shares no code with cti, and needs nothing but Node.
//
//   node expected.mjs FOLDER FORMAT FEWEST MOST TIME…
//
// FORMAT is `lines` (a value a line, # begins a comment) or `kev` (CISA's catalogue). A snapshot with fewer than FEWEST records or more than MOST
// withdraws nothing: what it lists is added to what stood. Prints one JSON object: for every TIME the sorted values that stood then.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const [folder, format, fewest, most, ...times] = process.argv.slice(2);

// 000_2023-11-01T110005_a49e81b695.lst.gz
const named = /_(\d{4})-(\d\d)-(\d\d)T(\d\d)(\d\d)(\d\d)_/;

function timeOf(name) {
  const [, year, month, day, hour, minute, second] = named.exec(name).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function recordsOf(text) {
  if (format === "kev") {
    return JSON.parse(text).vulnerabilities.map((entry) => entry.cveID.trim());
  }

  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

// What is no value of any kind we look for: a sentence in the place of a list.
function isValue(record) {
  return format === "kev"
    ? /^CVE-\d{4}-\d{4,}$/.test(record)
    : /^[0-9a-f:]+:[0-9a-f:.]*$/i.test(record) || /^[\w-]+(\.[\w-]+)+$/.test(record);
}

// One spelling for one value: names in lower case, IPv6 addresses as RFC 5952 has them, which is how URLs are written.
function canonical(value) {
  if (format === "kev") {
    return value;
  }

  return value.includes(":") ? new URL(`http://[${value}]/`).hostname.slice(1, -1) : value.toLowerCase();
}

const snapshots = readdirSync(folder)
  .filter((name) => named.test(name))
  .map((name) => ({ at: timeOf(name), name }))
  .sort((left, right) => left.at - right.at);

const wanted = times.map((text) => ({ text, at: Date.parse(text) })).sort((left, right) => left.at - right.at);
const expected = {};
let standing = new Set();
let next = 0;
for (const { text, at } of wanted) {
  for (; next < snapshots.length && snapshots[next].at <= at; next++) {
    const records = recordsOf(gunzipSync(readFileSync(join(folder, snapshots[next].name))).toString("utf8"));
    const values = records.filter(isValue).map(canonical);
    const isBelieved = records.length >= Number(fewest) && records.length <= Number(most);
    standing = new Set(isBelieved ? values : [...standing, ...values]);
  }

  expected[text] = [...standing].sort();
}

console.log(JSON.stringify(expected));
