"""What a chart of attention shows."""

from dataclasses import dataclass

from core.explain.explained import Explained
from core.explain.heat import TIMES_UNIFORM, HeatScale


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ChartData:
    """What a chart shows: one clip as a network sees it and, where two are compared, another one over it."""

    explained: Explained
    name: str = ""
    other: Explained | None = None
    other_name: str = ""
    scale: HeatScale = TIMES_UNIFORM
    is_of_each_frame: bool = False

    def is_like(self, other: "ChartData | None") -> bool:
        """Whether another one would look the same."""
        return (
            other is not None
            and (self.explained is other.explained and self.other is other.other)
            and (self.name, self.other_name, self.scale, self.is_of_each_frame)
            == (other.name, other.other_name, other.scale, other.is_of_each_frame)
        )
