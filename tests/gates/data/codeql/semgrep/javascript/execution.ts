// Code, commands, statements and markup that are put together at run time, and the fixed ones beside them.
import { exec, execFile, execSync, spawn } from "node:child_process";
import * as children from "node:child_process";
import { promisify } from "node:util";
import type { Pool } from "pg";

const run = promisify(exec);
const COLUMNS = "id, total";

export function evaluate(expression: string, later: () => void): unknown {
  // ruleid: lockstep-javascript-dynamic-eval
  const first = eval(expression);
  // ruleid: lockstep-javascript-dynamic-eval
  const second = new Function("x", `return ${expression}`);
  // ruleid: lockstep-javascript-dynamic-eval
  setTimeout("show(" + expression + ")", 10);
  // ok: lockstep-javascript-dynamic-eval
  setTimeout(later, 10);
  // ok: lockstep-javascript-dynamic-eval
  setTimeout(() => eval("1 + 1"), 10);
  // ok: lockstep-javascript-dynamic-eval
  const third = JSON.parse(expression);
  return [first, second, third];
}

export async function commands(branch: string, pattern: RegExp): Promise<unknown> {
  // ruleid: lockstep-javascript-shell-command
  execSync(`git checkout ${branch}`);
  // ruleid: lockstep-javascript-shell-command
  exec("git checkout " + branch, () => undefined);
  // ruleid: lockstep-javascript-shell-command
  children.exec("git checkout " + branch);
  // ruleid: lockstep-javascript-shell-command
  await run(`git checkout ${branch}`);
  // ruleid: lockstep-javascript-shell-command
  spawn(`git checkout ${branch}`, { shell: true });
  // ok: lockstep-javascript-shell-command
  execFile("git", ["checkout", branch]);
  // ok: lockstep-javascript-shell-command
  spawn("git", ["checkout", branch]);
  // ok: lockstep-javascript-shell-command
  execSync("git status --short");
  // ok: lockstep-javascript-shell-command
  return pattern.exec(branch);
}

export async function statements(pool: Pool, name: string, ids: number[], sql: any, request: any) {
  // ruleid: lockstep-javascript-sql-injection
  await pool.query(`SELECT * FROM users WHERE name = '${name}'`);
  // ruleid: lockstep-javascript-sql-injection
  await pool.query("DELETE FROM users WHERE name = '" + name + "'");
  const text = `
    UPDATE users
    SET name = '${name}'`;
  // ruleid: lockstep-javascript-sql-injection
  await pool.query(text);
  // ok: lockstep-javascript-sql-injection
  await pool.query("SELECT * FROM users WHERE name = $1", [name]);
  // ok: lockstep-javascript-sql-injection
  await pool.query(`SELECT ${COLUMNS} FROM users WHERE name = $1`, [name]);
  const placeholders = ids.map((_, place) => `$${place + 1}`).join(",");
  // ok: lockstep-javascript-sql-injection
  await pool.query(`SELECT id FROM users WHERE id IN (${placeholders})`, ids);
  // ok: lockstep-javascript-sql-injection
  await pool.query(sql`SELECT id FROM users WHERE name = ${name}`);
  // ok: lockstep-javascript-sql-injection
  await request.get(`https://shop.example.com/select/${name}/from`);
}

export function pages(element: HTMLElement, text: string): void {
  // ruleid: lockstep-javascript-unsafe-html
  element.innerHTML = `<b>${text}</b>`;
  // ruleid: lockstep-javascript-unsafe-html
  element.insertAdjacentHTML("beforeend", text);
  // ruleid: lockstep-javascript-unsafe-html
  document.write(text);
  // ok: lockstep-javascript-unsafe-html
  element.innerHTML = "";
  // ok: lockstep-javascript-unsafe-html
  element.innerHTML = escapeHtml(text);
  // ok: lockstep-javascript-unsafe-html
  element.textContent = text;
}
