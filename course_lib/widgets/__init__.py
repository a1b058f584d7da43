"""Interactive inspection: each widget is a pure `render(state) -> bytes` and a thin view around it."""
