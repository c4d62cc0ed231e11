// Writes clients.json, the requests that clients of others sign:
//
//   npm install http-message-sig@0.3.0 web-bot-auth@0.1.3 && node clients.mjs > clients.json
//
// The keys are made anew each time and are nobody's.
import { component, createSignature, webcrypto } from "http-message-sig";
import { jwkToKeyID, signatureHeaders } from "web-bot-auth";
import { helpers, signerFromJWK } from "web-bot-auth/crypto";

const { subtle } = globalThis.crypto;
const NOW = 1764000000;
const DIRECTORY = "https://signer.example/.well-known/http-message-signatures-directory";
const thumbprint = (jwk) => jwkToKeyID(jwk, helpers.WEBCRYPTO_SHA256, helpers.BASE64URL_DECODE);
const KINDS = {
  ed25519: { name: "Ed25519" },
  "rsa-pss-sha512": { name: "RSA-PSS", hash: "SHA-512", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  "ecdsa-p256-sha256": { name: "ECDSA", namedCurve: "P-256" },
};
const keys = [], vectors = [];

// WebCrypto gives r and s of ECDSA as RFC 9421 wants them; the package has no signer for it.
const signerOf = (kind, key) => kind !== "ecdsa-p256-sha256" ? webcrypto.signer(key) : {
  algorithm: kind,
  sign: async (data) => new Uint8Array(await subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, data)),
};

async function made(kind) {
  const pair = await subtle.generateKey(KINDS[kind], true, ["sign", "verify"]);
  const { kty, crv, x, y, n, e } = await subtle.exportKey("jwk", pair.publicKey);
  const jwk = JSON.parse(JSON.stringify({ kty, crv, x, y, n, e }));
  jwk.kid = await thumbprint(jwk);
  keys.push(jwk);
  return { pair, keyid: jwk.kid };
}

for (const kind of Object.keys(KINDS)) {
  const { pair, keyid } = await made(kind);
  const url = "https://news.example/berita/2026/11/24/kapal?id=7&x=%20";
  for (const [id, label, agent, components] of [
    ["member", "sig1", `sig1="https://signer.example"`, ["@authority", component("signature-agent", { key: "sig1" })]],
    ["well-known", "g", `g="${DIRECTORY}"`, ["@method", "@authority", "@path", "@query", component("signature-agent", { key: "g" })]],
    ["whole", "sig1", `sig1="https://signer.example/"`, ["@target-uri", "signature-agent", "accept"]],
  ]) {
    const request = { kind: "request", method: "GET", targetUri: url, fields: [
      { name: "Host", value: "news.example" },
      { name: "Accept", value: "text/html, */*;q=0.8" },
      { name: "Signature-Agent", value: agent },
    ] };
    const fields = await createSignature(request, { label, components, signer: signerOf(kind, pair.privateKey),
      parameters: { created: NOW - 10, expires: NOW + 290, keyid, tag: "web-bot-auth", nonce: `${kind}-${id}`, ...(id === "whole" ? { alg: kind } : {}) } });
    vectors.push({ id: `http-message-sig ${kind} ${id}`, keyid, request: { method: "GET", url, headers: [
      ...request.fields.map(({ name, value }) => [name, value]),
      ["Signature-Input", fields.signatureInput], ["Signature", fields.signature]] } });
  }
}

for (const kind of ["ed25519", "rsa-pss-sha512"]) {
  const { pair, keyid } = await made(kind);
  const jwk = await subtle.exportKey("jwk", pair.privateKey);
  if (kind === "ed25519") delete jwk.alg;
  const url = "https://news.example/";
  const headers = { "Signature-Agent": '"https://signer.example"' };
  const request = new Request(url, { headers });
  const signed = await signatureHeaders(request, await signerFromJWK(jwk), {
    created: new Date((NOW - 10) * 1000), expires: new Date((NOW + 290) * 1000) });
  vectors.push({ id: `web-bot-auth ${kind} bare`, keyid, request: { method: "GET", url, headers: [
    ["Host", "news.example"], ["Signature-Agent", headers["Signature-Agent"]],
    ["Signature-Input", signed["Signature-Input"]], ["Signature", signed["Signature"]]] } });
}

console.log(JSON.stringify({ about: "Requests signed by npm http-message-sig 0.3.0 and web-bot-auth 0.1.3; see clients.mjs.",
  now: NOW, directory: DIRECTORY, keys, vectors }, null, 1));
