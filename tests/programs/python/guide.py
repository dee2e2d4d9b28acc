"""Temporary files with Python's own `tempfile`: a directory with two files, and a file with a name beside it.

    python3 guide.py [END]

With all of them open it ends as END says: `return` (as without it), `error`, `trap`, `memory` (it takes all that there is),
or `spin` (until somebody else ends it). Says `ready` before it does.
"""

import os
import sys
import tempfile


def main():
    with tempfile.TemporaryDirectory() as directory, tempfile.NamedTemporaryFile("w+") as file:
        for name in ["one.txt", "two.txt"]:
            with open(os.path.join(directory, name), "w") as data:
                data.write("Some data, for as long as the directory lives.\n")
        print("created", directory, "with", *sorted(os.listdir(directory)))

        file.write("Hello, world!")
        file.flush()
        with open(file.name) as again:
            print("created", file.name, "which says:", again.read())

        print("ready", flush=True)
        end(sys.argv[1] if len(sys.argv) > 1 else "return")


def end(how):
    match how:
        case "return":
            return
        case "error":
            sys.exit("an error, on purpose")
        case "trap":
            os.abort()
        case "memory":
            hoard = []
            while True:
                hoard.append(bytes(1 << 20))
        case "spin":
            while True:
                pass
        case _:
            sys.exit(f"no such end: {how}")


if __name__ == "__main__":
    main()
