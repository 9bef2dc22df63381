"""The picture of a plan: its tree of operators as SVG, with rows and times where it ran.

```text
       ┌──────┐
       │ root │          leaves stand side by side, each node above the middle of its children
       └──┬───┘          the darker a node, the larger its share of the time
     ┌────┴────┐
  ┌──┴───┐  ┌──┴───┐
  └──────┘  └──────┘
```
"""

from __future__ import annotations

import html
from typing import Any

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _MARGIN = 280, 64, 24, 36, 12
_CHARACTERS = 36
_STYLE = "text{font:12px sans-serif;fill:#1a1a1a}.name{font-weight:bold}.said{fill:#555}.line{stroke:#999;fill:none}.box{stroke:#777}"

Node = dict[str, Any]


def svg(tree: Node) -> str:
    """The picture of a tree of nodes: `name`, `details`, `children`, and perhaps `rows` and `time_ns`."""
    nodes = _placed(tree)
    longest = max((node.get("time_ns") or 0 for node, _, _ in nodes), default=0)
    width = max(x for _, x, _ in nodes) + _WIDTH + _MARGIN
    height = max(y for _, _, y in nodes) + _HEIGHT + _MARGIN
    places = {id(node): (x, y) for node, x, y in nodes}
    lines = [_line(places[id(node)], places[id(child)]) for node, _, _ in nodes for child in node["children"]]
    boxes = [_box(node, x, y, longest) for node, x, y in nodes]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}">'
    return f"{head}<style>{_STYLE}</style>{''.join(lines)}{''.join(boxes)}</svg>"


def _placed(root: Node) -> list[tuple[Node, float, float]]:
    """Each node with its left upper corner; children come before their parents."""
    placed: list[tuple[Node, float, float]] = []
    left: dict[int, float] = {}
    next_leaf: float = _MARGIN
    pending: list[tuple[Node, int, bool]] = [(root, 0, False)]
    while pending:
        node, depth, ready = pending.pop()
        children: list[Node] = node["children"]
        if not ready:
            pending.append((node, depth, True))
            pending.extend((child, depth + 1, False) for child in reversed(children))
            continue
        if children:
            x = (left[id(children[0])] + left[id(children[-1])]) / 2
        else:
            x, next_leaf = next_leaf, next_leaf + _WIDTH + _GAP_X
        left[id(node)] = x
        placed.append((node, x, _MARGIN + depth * (_HEIGHT + _GAP_Y)))
    return placed


def _line(parent: tuple[float, float], child: tuple[float, float]) -> str:
    (x, y), (below_x, below_y) = parent, child
    middle = below_y - _GAP_Y / 2
    return f'<path class="line" d="M{x + _WIDTH / 2:.0f} {y + _HEIGHT:.0f}V{middle:.0f}H{below_x + _WIDTH / 2:.0f}V{below_y:.0f}"/>'


def _box(node: Node, x: float, y: float, longest: int) -> str:
    share = (node.get("time_ns") or 0) / longest if longest else 0.0
    details = node["details"]
    texts = [("name", node["name"]), ("said", details), ("said", _measured(node))]
    rows = "".join(
        f'<text class="{kind}" x="{x + 8:.0f}" y="{y + 18 + 19 * at:.0f}">{_short(text)}</text>' for at, (kind, text) in enumerate(texts)
    )
    fill = f"rgb(255,{245 - round(share * 90)},{225 - round(share * 150)})" if longest else "#f4f4f4"
    title = html.escape(f"{node['name']}: {details}")
    return (
        f'<g><title>{title}</title><rect class="box" x="{x:.0f}" y="{y:.0f}" width="{_WIDTH}" height="{_HEIGHT}" rx="4" fill="{fill}"/>'
        f"{rows}</g>"
    )


def _short(text: str) -> str:
    return html.escape(text if len(text) <= _CHARACTERS else text[: _CHARACTERS - 1] + "…")


def _measured(node: Node) -> str:
    parts = []
    if node.get("rows") is not None:
        parts.append(f"{node['rows']:,} rows")
    if node.get("time_ns") is not None:
        parts.append(f"{node['time_ns'] / 1e6:.3f} ms")
    if node.get("spilled_bytes"):
        parts.append(f"{node['spilled_bytes']:,} bytes spilled")
    return ", ".join(parts)
