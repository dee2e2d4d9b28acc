"""An SQLite database in the temporary directory.

    python3 database.py query|fill|sort

`query` makes a table and asks it something. `fill` inserts rows until there is an error, says which, and looks whether the
rows from before are there. `sort` sorts more than SQLite sorts in memory.
"""

import contextlib
import os
import sqlite3
import sys
import tempfile


def main(what):
    with contextlib.closing(sqlite3.connect(os.path.join(tempfile.gettempdir(), "data.db"))) as database:
        {"query": query, "fill": fill, "sort": sort}[what](database)


def query(database):
    database.execute("create table words (word text, length integer)")
    words = ["a", "temporary", "database", "in", "a", "temporary", "directory"]
    database.executemany("insert into words values (?, ?)", [(word, len(word)) for word in words])
    database.commit()
    print(*database.execute("select word, count(*) from words where length > 2 group by word order by word"))


def fill(database):
    database.execute("create table rows (bytes blob)")
    inserted = 0
    try:
        while True:
            with database:
                database.execute("insert into rows values (zeroblob(5000))")
            inserted += 1
    except sqlite3.OperationalError as error:
        print(error)
    (found,) = database.execute("select count(*) from rows").fetchone()
    (state,) = database.execute("pragma integrity_check").fetchone()
    print("all rows are there:", found == inserted > 10, state)


def sort(database):
    database.execute("create table rows (bytes blob)")
    database.executemany("insert into rows values (randomblob(100))", [()] * 20_000)
    print("ready", flush=True)
    for _ in database.execute("select bytes from rows order by bytes"):
        pass
    print("sorted")


if __name__ == "__main__":
    main(sys.argv[1])
