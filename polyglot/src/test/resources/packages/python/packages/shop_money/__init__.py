from ._rates import RATE
from .formats import euro

__all__ = ["euro", "with_tax"]


def with_tax(cents):
    return round(cents * (1 + RATE))
