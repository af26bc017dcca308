/**
 * Folders with one file for each secret, as three systems make them: a Docker service's secrets, a
 * Kubernetes volume, the credentials of a systemd unit. Links, modes and the way in which a value
 * changes are theirs; the values are the test's.
 */

/** A folder of secrets that a test changes as its system would. */
export interface Mount {
  readonly dir: string;
  /** Puts these secrets in place of all that are there. */
  update(values: Readonly<Record<string, string>>): Promise<void>;
}

/**
 * `/run/secrets` of a Docker container: plain files that all may read (0444).
 *
 * @param dir is made.
 */
export async function mountDocker(
  dir: string,
  values: Readonly<Record<string, string>>,
): Promise<Mount> {
  await Deno.mkdir(dir, { recursive: true });
  await writeAll(dir, values, 0o444);
  return {
    dir,
    async update(values) {
      await emptyFolder(dir);
      await writeAll(dir, values, 0o444);
    },
  };
}

/**
 * A volume of type `secret`: each key is a link into `..data`, which is a link to a folder named
 * after the time of the last change, and one rename replaces all keys at once (kubelet,
 * `pkg/volume/util/atomic_writer.go`).
 *
 * @param mode of the files, `defaultMode` of the volume; Kubernetes' own default is 0644.
 */
export async function mountKubernetes(
  dir: string,
  values: Readonly<Record<string, string>>,
  mode = 0o644,
): Promise<Mount> {
  await Deno.mkdir(dir, { recursive: true });
  let generation = 0;
  const update = async (values: Readonly<Record<string, string>>) => {
    const earlier = await Deno.readLink(`${dir}/..data`).catch(() => undefined);
    const folder = `..2026_11_24_12_00_00.${1_000_000_000 + generation++}`;
    await Deno.mkdir(`${dir}/${folder}`, { mode: 0o755 });
    await writeAll(`${dir}/${folder}`, values, mode);
    await Deno.symlink(folder, `${dir}/..data_tmp`);
    await Deno.rename(`${dir}/..data_tmp`, `${dir}/..data`);
    for (const { name } of await Array.fromAsync(Deno.readDir(dir))) {
      if (!name.startsWith("..") && !(name in values)) await Deno.remove(`${dir}/${name}`);
    }
    for (const key of Object.keys(values)) {
      await Deno.symlink(`..data/${key}`, `${dir}/${key}`).catch((error) => {
        if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
      });
    }
    if (earlier !== undefined) await Deno.remove(`${dir}/${earlier}`, { recursive: true });
  };
  await update(values);
  return { dir, update };
}

/**
 * `$CREDENTIALS_DIRECTORY` of a systemd unit: files that their owner alone may read (0400), in a
 * folder that its owner alone may enter and nobody may write (0500). Writable again at the end, so
 * that it can be removed.
 */
export async function mountSystemd(
  dir: string,
  values: Readonly<Record<string, string>>,
): Promise<Mount & AsyncDisposable> {
  const update = async (values: Readonly<Record<string, string>>) => {
    await Deno.chmod(dir, 0o700);
    await emptyFolder(dir);
    await writeAll(dir, values, 0o400);
    await Deno.chmod(dir, 0o500);
  };
  await Deno.mkdir(dir, { recursive: true });
  await update(values);
  return {
    dir,
    update,
    async [Symbol.asyncDispose]() {
      await Deno.chmod(dir, 0o700);
    },
  };
}

async function emptyFolder(dir: string): Promise<void> {
  for (const { name } of await Array.fromAsync(Deno.readDir(dir))) {
    await Deno.remove(`${dir}/${name}`, { recursive: true });
  }
}

async function writeAll(
  dir: string,
  values: Readonly<Record<string, string>>,
  mode: number,
): Promise<void> {
  for (const [key, value] of Object.entries(values)) {
    await Deno.writeTextFile(`${dir}/${key}`, value);
    await Deno.chmod(`${dir}/${key}`, mode); // whatever the umask
  }
}
