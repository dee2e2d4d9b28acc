// Runs a WASI 0.2 command component on Node: transpiled by jco, with WASI from preview2-shim.
//
//     node node.mjs COMPONENT.wasm [--dir HOST::GUEST]... [--env NAME=VALUE]... [--cache DIR] [--mutate-directory] [-- ARGS...]
//     node node.mjs --prepare --cache DIR COMPONENT.wasm...
//
// The packages are those in the folder `node` that `setup` has filled, below $SCRATCH_RUNTIMES or target/runtimes. The
// program gets the preopens and variables given here and no others, its file's name and ARGS as arguments, and the standard
// streams. What jco makes of a component stays in DIR, under jco's version and the component's SHA-256, and is used again;
// without DIR it is thrown away. --prepare does that for many components and runs none: jco's start costs ten times as much as
// a component.
//
// preview2-shim refuses, as `unsupported`, to open anything with the flag `mutate-directory`, and wasi-libc sets that for all
// that is opened for writing by its path. With --mutate-directory the shim does not get to see the flag; all else is as it
// comes from npm.
//
// Exit codes: the program's own; 1 when it returns an error; 134 for a trap, or for an exception of the shim that goes through
// the program as one, with its stack on standard error; 125 when the component cannot be transpiled or instantiated; 2 for
// wrong usage. preview2-shim ends the process itself when the program exits, and with 1 for some traps in streams.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, opendirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const WRONG_USAGE = 2;
const NOT_STARTED = 125;
const TRAP = 134;

// An import looks for packages beside the script, where there are none.
const here = dirname(fileURLToPath(import.meta.url));
const folder = resolve(process.env.SCRATCH_RUNTIMES || join(here, "../../../target/runtimes"), "node");
const find = createRequire(join(folder, "package.json")).resolve;
const load = (name) => import(pathToFileURL(find(name)));

function fail(code, error) {
    process.stderr.write(`node.mjs: ${error?.stack ?? error}\n`);
    process.exit(code);
}

/** What stands before the first separator, and what stands after it. */
function pair(text, separator) {
    const at = text.indexOf(separator);
    if (at < 1) fail(WRONG_USAGE, `'${text}' has nothing before a '${separator}'`);
    return [text.slice(0, at), text.slice(at + separator.length)];
}

/** The options, and what follows `--`: the program's, whatever it looks like. */
function commandLine() {
    const all = process.argv.slice(2);
    const end = all.includes("--") ? all.indexOf("--") : all.length;
    const { values, positionals } = parseArgs({
        args: all.slice(0, end),
        options: {
            dir: { type: "string", multiple: true, default: [] },
            env: { type: "string", multiple: true, default: [] },
            cache: { type: "string" },
            "mutate-directory": { type: "boolean", default: false },
            prepare: { type: "boolean", default: false },
        },
        allowPositionals: true,
    });
    if (values.prepare ? !values.cache : positionals.length !== 1) {
        throw new Error("one component is run, or --prepare has a --cache");
    }
    return {
        components: positionals,
        prepare: values.prepare,
        preopens: values.dir.map((dir) => pair(dir, "::")),
        env: values.env.map((variable) => pair(variable, "=")),
        cache: values.cache ?? passing(),
        mutateDirectory: values["mutate-directory"],
        program: all.slice(end + 1),
    };
}

/** A folder that goes when the process ends, whoever ends it. */
function passing() {
    const folder = mkdtempSync(join(tmpdir(), "transpiled-"));
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    return folder;
}

/** The path of what jco makes of a component. It takes the imports as an argument, so it can lie anywhere. */
async function transpiled(component, cache) {
    const bytes = readFileSync(component);
    const { version } = JSON.parse(readFileSync(join(folder, "node_modules/@bytecodealliance/jco/package.json"), "utf8"));
    const place = resolve(cache, `${version}-${createHash("sha256").update(bytes).digest("hex")}`);
    const main = join(place, "program.js");
    if (existsSync(main)) return main;

    const { transpile } = await load("@bytecodealliance/jco");
    const { files } = await transpile(bytes, {
        name: "program",
        instantiation: "async",
        emitTypescriptDeclarations: false,
    });
    mkdirSync(cache, { recursive: true });
    const unfinished = mkdtempSync(`${place}-`);
    for (const [name, content] of Object.entries(files)) {
        writeFileSync(join(unfinished, name), content);
    }
    try {
        renameSync(unfinished, place);
    } catch (error) {
        // Another run may have been faster, with the same result.
        rmSync(unfinished, { recursive: true });
        if (!existsSync(main)) throw error;
    }
    return main;
}

/** Keeps the flag from the shim, which needs it for nothing: its directories can be changed without. */
function withoutMutateDirectory({ prototype }) {
    const { openAt } = prototype;
    prototype.openAt = function (pathFlags, path, openFlags, flags) {
        return openAt.call(this, pathFlags, path, openFlags, { ...flags, mutateDirectory: false });
    };
}

async function start(component, { preopens, env, cache, mutateDirectory, program }) {
    const { instantiate } = await import(pathToFileURL(await transpiled(component, cache)));
    const { cli, filesystem } = await load("@bytecodealliance/preview2-shim");
    const { WASIShim } = await load("@bytecodealliance/preview2-shim/instantiation");
    cli._setArgs([basename(component), ...program]);
    cli._setEnv(Object.fromEntries(env));
    cli._setCwd(undefined);
    // Without this the shim shows the whole of `/`.
    filesystem._clearPreopens();
    // One by one: an object may change their order, and holds one of those with the same name.
    for (const [host, guest] of preopens) {
        // The shim itself finds out when the program gets there.
        opendirSync(host).closeSync();
        filesystem._addPreopen(guest, resolve(host));
    }
    if (mutateDirectory) withoutMutateDirectory(filesystem.types.Descriptor);
    const { run } = await instantiate(null, new WASIShim().getImportObject());
    if (!run) throw new Error("the component exports no `wasi:cli/run`");
    return run;
}

let options;
try {
    options = commandLine();
} catch (error) {
    fail(WRONG_USAGE, error.message);
}
let program;
try {
    if (!existsSync(join(folder, "node_modules"))) throw new Error(`nothing is installed in ${folder}: \`setup\` does that`);
    if (options.prepare) {
        for (const component of options.components) await transpiled(component, options.cache);
    } else {
        program = await start(options.components[0], options);
    }
} catch (error) {
    fail(NOT_STARTED, error);
}
try {
    program?.run();
} catch (error) {
    // This is how jco hands on an error that the program returns.
    if (error?.constructor?.name !== "ComponentError") fail(TRAP, error);
    process.exitCode = 1;
}
