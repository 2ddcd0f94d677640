// What lies in the database of a data directory, past the program.
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const dump = `
import json, sqlite3, sys
database = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
print(json.dumps({name: [[str(cell) for cell in row] for row in database.execute(f'SELECT * FROM "{name}"')] for name in names}))
`;

/** The rows of all tables, as texts. */
export function tables(data) {
  const printed = execFileSync("python3", ["-c", dump, join(data, "gas.db")], { encoding: "utf8", maxBuffer: 1 << 28 });
  return JSON.parse(printed);
}
