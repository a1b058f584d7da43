"""`make bench`: measure, print a table, write build/bench.json. Arguments pick modules: ARGS=rendering."""
import importlib
import json
import platform
import sys
from pathlib import Path

from course_lib.profile import cores, device

MODULES = ("rendering", "training", "blending", "grading", "widgets", "detection", "stylegan")


def meets(value, target):
    """Whether a value meets a target such as '>= 150' or '<= 0.1'; None where there is no target."""
    if not target:
        return None
    sign, bound = target.split()
    return value >= float(bound) if sign == ">=" else value <= float(bound)


def main(names):
    unknown = set(names) - set(MODULES)
    if unknown:
        raise SystemExit(f"no benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(MODULES)}")
    machine = {"device": device(), "cores": cores(), "processor": platform.machine(), "system": platform.system(),
               "python": platform.python_version()}
    print(" · ".join(map(str, machine.values())))
    table = []
    for name in names or MODULES:
        for what, value, unit, target in importlib.import_module(f"benchmarks.{name}").rows():
            met = meets(value, target)
            table.append({"benchmark": name, "what": what, "value": value, "unit": unit, "target": target, "met": met})
            verdict = "" if met is None else "met" if met else "MISSED"
            print(f"{what:60} {value:10.3g} {unit:11} {target:8} {verdict}", flush=True)
    out = Path("build/bench.json")
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps({"machine": machine, "rows": table}, indent=1) + "\n", encoding="utf-8")
    print(f"written to {out}")


main(sys.argv[1:])
