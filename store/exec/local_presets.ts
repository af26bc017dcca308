/** Presets for stores of passwords that lie on this machine. See preset.ts. */
import type { Preset } from "./preset.ts";

/** By the name that `preset` has. */
export const LOCAL_PRESETS = {
  pass: {
    command: ["pass", "show", "--", "{key}"],
    about: "the standard password manager of Unix; the value is the first line",
    notFoundStderr: "is not in the password store",
    lines: "first",
    env: ["PASSWORD_STORE_DIR", "PASSWORD_STORE_GPG_OPTS", "DISPLAY", "WAYLAND_DISPLAY"],
    // SECURITY: for the name of a folder pass prints the names in it, and exits with 0:
    // tests/providers/exec_real_test.ts.
    entries: ["$PASSWORD_STORE_DIR/{key}.gpg", "~/.password-store/{key}.gpg"],
    folderHint: "pass init KEY-ID, or name the folder with PASSWORD_STORE_DIR",
    failures: [{
      stderr: /decryption failed|No secret key|decrypt_message failed|no valid OpenPGP data/,
      kind: "unauthenticated",
      hint: "unlock the key once by hand: pass show NAME",
    }],
    probe: true,
    missingHint: "apt install pass, or: brew install pass",
  },
  gopass: {
    command: ["gopass", "show", "-o", "-n", "--", "{key}"],
    about: "gopass; the value is the password alone (`-o`)",
    notFoundExit: [10],
    // It exits with 11 for that, as for a key that is locked.
    notFoundStderr: "[Ee]ntry is not in the password store",
    // SECURITY: for the name of a folder it prints the names in it, and exits with 0; a password has
    // one line: tests/providers/exec_preset_test.ts.
    lines: "one",
    env: ["GOPASS_HOMEDIR", "PASSWORD_STORE_DIR", "DISPLAY", "WAYLAND_DISPLAY"],
    failures: [
      { exit: [6], kind: "misconfigured", hint: "gopass setup" },
      { exit: [11, 19], kind: "unauthenticated", hint: "unlock the key once by hand: gopass show" },
    ],
    probe: true,
    missingHint: "see https://www.gopass.pw (the package gopass of Debian 12 is another program)",
  },
  "secret-tool": {
    command: ["secret-tool", "lookup", "service", "dicode", "key", "{key}"],
    about: "the keyring of a Linux desktop (GNOME Keyring, KWallet), by libsecret",
    notFoundStderr: "^$",
    env: ["DISPLAY", "WAYLAND_DISPLAY"],
    // SECURITY: a locked keyring answers as if it had nothing: tests/providers/exec_real_test.ts.
    doubt: {
      command: ["secret-tool", "search", "service", "dicode", "key", "{key}"],
      kind: "unauthenticated",
      found: "the keyring is locked",
      hint: "unlock the keyring: log in to the desktop, or gnome-keyring-daemon --unlock",
    },
    failures: [{
      stderr: /D-Bus|Could not connect|\.service files|Timeout was reached/,
      kind: "unreachable",
      hint:
        "run in a desktop session, or under dbus-run-session with gnome-keyring-daemon --unlock",
    }],
    probe: true,
    missingHint: "apt install libsecret-tools",
  },
  security: {
    command: ["security", "find-generic-password", "-s", "dicode", "-a", "{key}", "-w"],
    about: "the keychain of macOS; a value outside ASCII is printed as hexadecimal digits there",
    notFoundExit: [44],
    failures: [{
      exit: [36, 51, 128],
      kind: "unauthenticated",
      hint: "unlock the keychain: security unlock-keychain",
    }],
    probe: true,
    missingHint: "it is part of macOS and nowhere else",
  },
  "systemd-creds": {
    command: ["systemd-creds", "decrypt", "--name={key}", "{file}", "-"],
    about: "credentials that systemd has encrypted for this machine, each in a file of its name",
    file: "/etc/credstore.encrypted/{key}",
    entries: ["{file}"],
    folderHint: "make the folder, and encrypt into it: systemd-creds encrypt --name=NAME - FILE",
    env: ["SYSTEMD_CREDENTIAL_SECRET"],
    failures: [
      {
        stderr: /Embedded credential name|Invalid credential name|Encrypted file too short/,
        kind: "misconfigured",
        hint: "encrypt it again, with the name that dicode asks for: --name=NAME",
      },
      {
        stderr: /time passed/,
        kind: "misconfigured",
        hint: "encrypt it again, with a later --not-after",
      },
      {
        stderr: /local credential key|Permission denied|incorrect key/,
        kind: "denied",
        hint: "run as root on the machine that encrypted it; in a unit of systemd, use type: file",
      },
    ],
    probe: true,
    missingHint: "it is part of systemd 250 and later",
  },
  keepassxc: {
    command: ["keepassxc-cli", "show", "-s", "-a", "Password", "--", "{file}", "{key}"],
    about: "a database of KeePassXC, `file`, whose password is given by `stdin_*`",
    notFoundStderr: "Could not find entry with path",
    // Its messages are translated, but for this language.
    set: { LC_ALL: "C.UTF-8", LANGUAGE: "en" },
    needs: "file and stdin",
    failures: [
      {
        stderr: /Invalid credentials were provided/,
        kind: "unauthenticated",
        hint: "see that stdin_env, stdin_file or stdin_secret has the password of the database",
      },
      { stderr: /Failed to open/, kind: "misconfigured", hint: 'see that "file" is the database' },
    ],
    probe: true,
    missingHint: "apt install keepassxc, or: brew install keepassxc",
  },
} as const satisfies Readonly<Record<string, Preset>>;
