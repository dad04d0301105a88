"""Joining things that belong together, pair by pair."""

from collections.abc import Iterable


def connected(links: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Each name in `links` -> the alphabetically first name that it is linked to, directly or through others."""
    parent: dict[str, str] = {}

    def first(name: str) -> str:
        while parent.setdefault(name, name) != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    for one, other in links:
        low, high = sorted((first(one), first(other)))
        parent[high] = low
    return {name: first(name) for name in list(parent)}
