import type { Attack } from "../attack.ts";

export default {
  theme: "output",
  tries: "a secret on stdout and stderr as it is, in JSON, in a URL, in base64 and in hex",
  ends: { code: 0, stdout: /^\*\*\*\n[^]*\n\{"\*\*\*":"\*\*\*","list":\["Bearer \*\*\*"\]\}\n$/ },
  escaped(stage, { stdout, stderr }) {
    const value = stage.canaries.store!;
    const bytes = new TextEncoder().encode(value);
    // The last 12 bytes' worth of base64 depends on what follows: the middle is enough.
    const forms = [bytes.toHex(), bytes.toBase64().slice(8, 32), encodeURIComponent(value)];
    return forms.filter((form) => (stdout + stderr).toLowerCase().includes(form.toLowerCase()));
  },
} satisfies Attack;
