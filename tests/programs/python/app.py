"""The guide as a component: what `componentize-py` calls."""

import guide
from wit_world import exports


class Run(exports.Run):
    def run(self) -> None:
        guide.main()
