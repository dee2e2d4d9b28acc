"""Fills its space, is told so, deletes a file, and finishes. It knows nothing of limits of ours: a full disk is an `OSError`."""

import errno
import os


def main():
    print("in the middle:", until_refused(grow))
    print("opened anew:", until_refused(append))
    print("entries:", until_refused(make_directories))
    print("stretched:", until_refused(stretch))

    os.remove("/tmp/big")
    with open("/tmp/again", "wb") as file:
        file.write(b"x" * 4096)
    print("finished with", *sorted(name for name in os.listdir("/tmp") if not name.startswith("d")))


def until_refused(work):
    """Works until there is an error, and says which."""
    try:
        work()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "nothing"


def grow():
    with open("/tmp/big", "wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


def append():
    with open("/tmp/big", "ab", buffering=0) as file:
        file.write(b"x")


def make_directories():
    for number in range(1000):
        os.mkdir(f"/tmp/d{number}")


def stretch():
    os.truncate("/tmp/big", 1 << 40)
