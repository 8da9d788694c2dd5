// Certificates, tokens, hashes and random numbers. Every secret is made up.
import crypto, { createHash } from "node:crypto";
import https from "node:https";
import cors from "cors";
import jwt from "jsonwebtoken";

export function connect(ca: string) {
  // ruleid: lockstep-javascript-tls-verify-off
  const first = new https.Agent({ keepAlive: true, rejectUnauthorized: false });
  // ruleid: lockstep-javascript-tls-verify-off
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
  // ok: lockstep-javascript-tls-verify-off
  const second = new https.Agent({ ca, rejectUnauthorized: true });
  // ok: lockstep-javascript-tls-verify-off
  const third = new https.Agent({ ca });
  return [first, second, third];
}

export function read(token: string, key: string) {
  // ruleid: lockstep-javascript-jwt-unverified
  const second = jwt.verify(token, key, { algorithms: ["HS256", "none"] });
  // ok: lockstep-javascript-jwt-unverified
  const third = jwt.verify(token, key, { algorithms: ["RS256"] });
  return [second, third];
}

export function peek(token: string) {
  // ruleid: lockstep-javascript-jwt-unverified
  return jwt.decode(token);
}

export function keyId(token: string) {
  // ok: lockstep-javascript-jwt-unverified
  return jwt.decode(token, { complete: true });
}

export function digest(data: string) {
  // ruleid: lockstep-javascript-weak-hash
  const first = crypto.createHash("md5").update(data).digest("hex");
  // ruleid: lockstep-javascript-weak-hash
  const second = createHash("sha1");
  // ok: lockstep-javascript-weak-hash
  const third = crypto.createHash("sha256").update(data).digest("hex");
  // ok: lockstep-javascript-weak-hash
  const fourth = createHash("sha512");
  return [first, second, third, fourth];
}

export function store(user: { name: string; password: string }, password: string) {
  // ruleid: lockstep-javascript-weak-password-hash
  const first = crypto.createHash("sha256").update(password).digest("hex");
  const hash = crypto.createHash("sha512");
  // ruleid: lockstep-javascript-weak-password-hash
  hash.update("salt" + user.password);
  // ok: lockstep-javascript-weak-password-hash
  const second = crypto.scryptSync(password, crypto.randomBytes(16), 64);
  // ok: lockstep-javascript-weak-password-hash
  const third = crypto.createHash("sha256").update(user.name).digest("hex");
  return [first, hash, second, third];
}

export function encrypt(key: Buffer, iv: Buffer) {
  // ruleid: lockstep-javascript-weak-cipher
  const first = crypto.createCipheriv("aes-128-ecb", key, null);
  // ruleid: lockstep-javascript-weak-cipher
  const second = crypto.createCipher("aes192", key);
  // ok: lockstep-javascript-weak-cipher
  const third = crypto.createCipheriv("aes-256-gcm", key, iv);
  // ok: lockstep-javascript-weak-cipher
  const fourth = crypto.createDecipheriv("aes-256-gcm", key, iv);
  return [first, second, third, fourth];
}

export function makeToken(): string {
  // ruleid: lockstep-javascript-insecure-random
  return Math.random().toString(36).slice(2);
}

export function random(user: { otp?: number; colour?: number }) {
  // ruleid: lockstep-javascript-insecure-random
  const sessionId = Math.random().toString(36);
  // ruleid: lockstep-javascript-insecure-random
  user.otp = Math.floor(Math.random() * 1000000);
  // ok: lockstep-javascript-insecure-random
  const resetToken = crypto.randomUUID();
  // ok: lockstep-javascript-insecure-random
  user.colour = Math.floor(Math.random() * 255);
  // ok: lockstep-javascript-insecure-random
  const delay = Math.random() * 100;
  return [sessionId, resetToken, delay];
}

// ruleid: lockstep-javascript-hardcoded-secret
const dbPassword = "correct1horse";
// ruleid: lockstep-javascript-hardcoded-secret
const settings = { user: "shop", apiKey: "abc123abc123" };
// ruleid: lockstep-javascript-hardcoded-secret
const jwtSecret = process.env.JWT_SECRET || "fallback123";
// ok: lockstep-javascript-hardcoded-secret
const apiKey = process.env.SHOP_API_KEY;
// ok: lockstep-javascript-hardcoded-secret
const labels = { password: "At least 12 characters", apiKey: "<your key>" };
// ok: lockstep-javascript-hardcoded-secret
const passwordField = "password-1";

export const origins = [
  dbPassword,
  settings,
  jwtSecret,
  apiKey,
  labels,
  passwordField,
  // ruleid: lockstep-javascript-cors-any-origin-with-credentials
  cors({ origin: true, credentials: true }),
  // ruleid: lockstep-javascript-cors-any-origin-with-credentials
  cors({ credentials: true, methods: ["GET"], origin: "*" }),
  // ok: lockstep-javascript-cors-any-origin-with-credentials
  cors({ origin: "*" }),
  // ok: lockstep-javascript-cors-any-origin-with-credentials
  cors({ origin: "https://shop.example.com", credentials: true }),
];

export function post(other: Window, message: unknown) {
  // ruleid: lockstep-javascript-post-message-any-origin
  other.postMessage(message, "*");
  // ruleid: lockstep-javascript-post-message-any-origin
  window.parent.postMessage({ message }, "*", []);
  // ok: lockstep-javascript-post-message-any-origin
  other.postMessage(message, "https://shop.example.com");
  // ok: lockstep-javascript-post-message-any-origin
  new Worker("worker.js").postMessage(message);
}
