// Requests that reach a shell, code, a file, an address, a page or a query; and the same done well.
const { exec, execFile } = require("child_process");
const child_process = require("child_process");
const axios = require("axios");
const express = require("express");
const fs = require("fs");
const path = require("path");

const app = express();
const HOSTS = { stock: "https://stock.example.com/" };

app.get("/ping", (req, res) => {
  const host = req.query.host;
  // ruleid: lockstep-javascript-command-injection, lockstep-javascript-shell-command
  exec(`ping -c 1 ${host}`, (error, out) => res.json({ out }));
  // ruleid: lockstep-javascript-command-injection, lockstep-javascript-shell-command
  child_process.execSync("ping -c 1 " + host);
  // ok: lockstep-javascript-command-injection
  execFile("ping", ["-c", "1", host]);
  // ok: lockstep-javascript-command-injection
  // ruleid: lockstep-javascript-shell-command
  exec("ping -c " + Number(req.query.count) + " example.com");
});

app.post("/sum", async (req, res) => {
  // ruleid: lockstep-javascript-code-injection, lockstep-javascript-dynamic-eval
  const first = eval(req.body.expression);
  // ruleid: lockstep-javascript-code-injection, lockstep-javascript-dynamic-eval
  const second = new Function("x", req.body.code);
  // ok: lockstep-javascript-code-injection
  const third = JSON.parse(req.body.text);
  // ok: lockstep-javascript-code-injection
  setTimeout(() => console.log(req.body.text), 10);
  res.json({ first, second, third });
});

app.get("/file/:name", (req, res) => {
  const { name } = req.params;
  // ruleid: lockstep-javascript-path-traversal
  fs.readFile("/srv/files/" + name, () => {});
  // ruleid: lockstep-javascript-path-traversal
  const text = fs.readFileSync(path.join(__dirname, req.query.file));
  // ok: lockstep-javascript-path-traversal
  fs.readFile("/srv/files/" + path.basename(name), () => {});
  // ok: lockstep-javascript-path-traversal
  res.sendFile(name, { root: "/srv/files" });
  // ok: lockstep-javascript-path-traversal
  fs.readFile("/srv/files/terms.txt", () => text);
  // ruleid: lockstep-javascript-path-traversal
  res.sendFile(path.join("/srv/files", name));
});

app.get("/listed", (req, res) => {
  const file = path.resolve("/srv/files", req.query.file);
  if (!file.startsWith("/srv/files/")) {
    return res.status(404).end();
  }
  // ok: lockstep-javascript-path-traversal
  return fs.createReadStream(file).pipe(res);
});

app.get("/fetch", async (req, res) => {
  const target = req.query.url;
  // ruleid: lockstep-javascript-ssrf
  const first = await fetch(target);
  // ruleid: lockstep-javascript-ssrf
  const second = await axios.get(`https://${req.query.host}/status`);
  // ruleid: lockstep-javascript-ssrf
  const third = await axios({ method: "get", url: req.body.url });
  // ok: lockstep-javascript-ssrf
  const fourth = await fetch(`https://stock.example.com/items/${req.query.id}`);
  // ok: lockstep-javascript-ssrf
  const fifth = await axios.post("https://stock.example.com/orders", req.body);
  // ok: lockstep-javascript-ssrf
  const sixth = await fetch(HOSTS[req.query.place]);
  res.json([first, second, third, fourth, fifth, sixth]);
});

app.get("/login", (req, res) => {
  if (req.query.home) {
    // ok: lockstep-javascript-open-redirect
    return res.redirect("/home?tab=" + req.query.tab);
  }
  if (req.query.code) {
    // ok: lockstep-javascript-open-redirect
    return res.redirect(302, "/");
  }
  // ruleid: lockstep-javascript-open-redirect
  return res.redirect(req.query.next);
});

function jump() {
  const parameters = new URLSearchParams(window.location.search);
  // ruleid: lockstep-javascript-open-redirect
  window.location.href = parameters.get("next");
}

app.get("/search", (req, res) => {
  // ruleid: lockstep-javascript-reflected-xss
  res.send("<h1>Results for " + req.query.q + "</h1>");
  // ok: lockstep-javascript-reflected-xss
  res.send("<h1>Results for " + escapeHtml(req.query.q) + "</h1>");
  // ok: lockstep-javascript-reflected-xss
  res.json({ query: req.query.q });
});

function show(element) {
  // ruleid: lockstep-javascript-reflected-xss, lockstep-javascript-unsafe-html
  element.innerHTML = "Hello " + decodeURIComponent(location.hash.slice(1));
  // ok: lockstep-javascript-reflected-xss
  element.textContent = location.hash;
  // ok: lockstep-javascript-reflected-xss
  element.innerHTML = DOMPurify.sanitize(location.hash);
}

app.post("/enter", async (req, res) => {
  // ruleid: lockstep-javascript-nosql-injection
  const first = await users.findOne({ name: req.body.name, word: req.body.word });
  // ruleid: lockstep-javascript-nosql-injection
  const second = await users.find({ name: req.query.name }).toArray();
  // ok: lockstep-javascript-nosql-injection
  const third = await users.findOne({ name: String(req.body.name) });
  // ok: lockstep-javascript-nosql-injection
  const fourth = names.find((name) => name === req.body.name);
  res.json([first, second, third, fourth]);
});

function local(host, element, file) {
  // ok: lockstep-javascript-ssrf
  fetch(host);
  // ok: lockstep-javascript-path-traversal
  fs.readFileSync(file);
  return jump, show, element;
}
