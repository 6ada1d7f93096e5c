// Puts DuckDB's native library under native/node_modules, as the lock file pins it.
// Knows: npm and this folder. Must not know: MSBuild, .NET, where the library is copied to afterwards.
// Several builds may run this at once: each installs into a folder of its own and moves it into place in one step,
// so that nobody ever sees half an installation.
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "node_modules");
const marker = join("node_modules", ".installed-lock.json");
const wanted = readFileSync(join(here, "package-lock.json"), "utf8");
const isInstalled = () => existsSync(join(here, marker)) && readFileSync(join(here, marker), "utf8") === wanted;

const work = join(here, "..", "obj", `native-${process.pid}`);
const discard = (path) => rmSync(path, { recursive: true, force: true });

if (!isInstalled()) {
  mkdirSync(work, { recursive: true });
  try {
    for (const file of ["package.json", "package-lock.json", ".npmrc"]) cpSync(join(here, file), join(work, file));
    const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
      cwd: work,
      stdio: "inherit",
      shell: process.platform === "win32",
    });
    if (npm.status !== 0) throw new Error(`npm ended with ${npm.status ?? npm.error}`);
    if (existsSync(target) && !isInstalled()) renameSync(target, join(work, "replaced"));
    writeFileSync(join(work, marker), wanted);
    try {
      renameSync(join(work, "node_modules"), target);
    } catch (error) {
      if (!isInstalled()) throw error; // otherwise another build was first, with the same content
    }
  } finally {
    discard(work);
  }
}
// MSBuild compares times: say that the marker is newer than the lock file.
writeFileSync(join(here, marker), wanted);
