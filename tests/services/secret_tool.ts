/**
 * The real `secret-tool`, for tests: a session bus of its own, and GNOME's keyring on it.
 *
 * Nothing is started by the bus itself, so a keyring is there only where a test starts one.
 */
import { findMissing, must, run, serve, stop } from "./programs.ts";
import { until } from "../helpers.ts";

/** Why there is no keyring to be had, or undefined. */
export const SECRET_TOOL_MISSING = findMissing(
  "secret-tool",
  "dbus-daemon",
  "gnome-keyring-daemon",
  "setpriv",
);

const PASSWORD = "password of the keyring";

/** A bus, with a keyring while one is started. */
export class Keyring implements AsyncDisposable {
  #daemon: Deno.ChildProcess | undefined;

  private constructor(
    private readonly dir: string,
    private readonly bus: Deno.ChildProcess,
    /** The variables that lead to this bus. */
    readonly env: Readonly<Record<"HOME" | "DBUS_SESSION_BUS_ADDRESS", string>>,
  ) {}

  /** A bus without a keyring. */
  static async startBus(): Promise<Keyring> {
    const dir = await Deno.makeTempDir({ prefix: "dct-" });
    await Deno.writeTextFile(
      `${dir}/bus.conf`,
      `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=${dir}/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`,
    );
    const bus = await serve(["dbus-daemon", `--config-file=${dir}/bus.conf`, "--nofork"], {});
    const env = { HOME: dir, DBUS_SESSION_BUS_ADDRESS: `unix:path=${dir}/bus` };
    const isThere = () => Deno.stat(`${dir}/bus`).then(() => true, () => false);
    await until("the session bus", isThere);
    return new Keyring(dir, bus, env);
  }

  /** A bus with an unlocked keyring. */
  static async start(): Promise<Keyring> {
    const keyring = await Keyring.startBus();
    await keyring.startDaemon("--unlock");
    return keyring;
  }

  /** Stores a value as the docs say it. */
  async store(key: string, value: string): Promise<void> {
    await must(
      ["secret-tool", "store", `--label=${key}`, "service", "dicode", "key", key],
      this.env,
      value,
    );
  }

  /** The same keyring after a new login in which nobody has unlocked it. */
  async lock(): Promise<void> {
    if (this.#daemon !== undefined) await stop(this.#daemon);
    await this.startDaemon("--start");
  }

  private async startDaemon(how: "--unlock" | "--start"): Promise<void> {
    const argv = ["gnome-keyring-daemon", "--foreground", "--components=secrets", how];
    this.#daemon = await serve(argv, this.env, how === "--unlock" ? PASSWORD : "");
    await until("the keyring", async () => {
      const { stderr } = await run(["secret-tool", "lookup", "service", "nothing"], this.env);
      return stderr === "";
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#daemon !== undefined) await stop(this.#daemon);
    await stop(this.bus);
    await Deno.remove(this.dir, { recursive: true });
  }
}
