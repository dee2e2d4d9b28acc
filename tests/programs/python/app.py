"""A program as a component: what `componentize-py` calls."""

import program
from wit_world import exports


class Run(exports.Run):
    def run(self) -> None:
        program.main()
