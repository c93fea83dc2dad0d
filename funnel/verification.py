"""The result of a verification. Pure: no database, no clock."""

from dataclasses import dataclass, field


@dataclass
class Verification:
    """What was compared, and every difference found, in words."""

    lines: int = 0
    leads: int = 0
    journeys: int = 0
    numbers: int = 0
    waiting: int = 0
    sampled: int = 0
    """How many leads the reports were compared on, where that is not all of them."""
    differences: list[str] = field(default_factory=list)

    def expect(self, what: str, found: object, counted: object) -> None:
        self.numbers += 1
        if found != counted:
            self.differences.append(f"{what}: statistics say {found}, the log says {counted}")
