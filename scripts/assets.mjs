// Copies what pages need from node_modules into static/vendor (made by the set-up, never committed).
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const from = join(root, "node_modules", "lucide-static");
const to = join(root, "static", "vendor", "icons");

const names = readFileSync(join(root, "scripts", "icons.txt"), "utf8")
  .split("\n")
  .filter((line) => line && !line.startsWith("#"));
const missing = names.filter((name) => !existsSync(join(from, "icons", `${name}.svg`)));
if (missing.length) {
  console.error(`assets: lucide-static has no icon named ${missing.join(", ")} (scripts/icons.txt)`);
  process.exit(1);
}
rmSync(to, { recursive: true, force: true });
mkdirSync(to, { recursive: true });
for (const name of names) cpSync(join(from, "icons", `${name}.svg`), join(to, `${name}.svg`));
cpSync(join(from, "LICENSE"), join(to, "LICENSE"));

// The editor of articles: loaded by its page alone.
const editor = join(root, "static", "vendor", "editor");
rmSync(editor, { recursive: true, force: true });
mkdirSync(editor, { recursive: true });
for (const [name, files] of [
  ["squire-rte", ["dist/squire.js", "LICENSE"]],
  ["dompurify", ["dist/purify.min.js", "LICENSE"]],
]) {
  const folder = join(root, "node_modules", name);
  for (const file of files) {
    const target = file === "LICENSE" ? `${name}.LICENSE` : file.slice("dist/".length);
    // without the line that names a map we do not serve: the storage of hashed names would miss it
    const text = readFileSync(join(folder, file), "utf8");
    writeFileSync(join(editor, target), text.replace(/^\/\/# sourceMappingURL=.*$/gm, ""));
  }
}
console.log(`assets: ${names.length} icons, the editor`);
