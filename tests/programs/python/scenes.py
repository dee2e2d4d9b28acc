"""All kinds of temporary files of Python's own `tempfile` at once: a directory, a file with a name, one without, and one that
has outgrown memory.

    python3 scenes.py [END]

It ends as `guide.py` does.
"""

import os
import sys
import tempfile

from guide import end


def main():
    with (
        tempfile.TemporaryDirectory() as directory,
        tempfile.NamedTemporaryFile() as named,
        tempfile.TemporaryFile() as unnamed,
        tempfile.SpooledTemporaryFile(max_size=100) as spooled,
    ):
        with open(os.path.join(directory, "data.txt"), "w") as data:
            data.write("Some data, for as long as the directory lives.\n")
        for file in (named, unnamed, spooled):
            file.write(b"12345678" * 20)
            file.seek(150)
        print("read", *(file.read().decode() for file in (named, unnamed, spooled)))
        print("there are", len(os.listdir(tempfile.gettempdir())), "names")

        print("ready", flush=True)
        end(sys.argv[1] if len(sys.argv) > 1 else "return")


if __name__ == "__main__":
    main()
