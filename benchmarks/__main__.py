"""`make bench`: measure, print a table, write build/bench.json. Arguments pick modules: ARGS=rendering.

ARGS=--peers adds the training step on Keras' other backends, where they are installed. A target that depends on the
instruction set is a dict, from AVX2 and AVX-512.
"""
import importlib
import json
import os
import platform
import sys
from pathlib import Path

from course_lib.profile import cores, device

MODULES = ("startup", "rendering", "training", "blending", "grading", "widgets", "detection", "stylegan", "faces")


# what makes TensorFlow and NumPy use fewer instructions than the processor has
FORCING = ("ONEDNN_MAX_CPU_ISA", "TF_ENABLE_ONEDNN_OPTS", "XLA_FLAGS", "NPY_DISABLE_CPU_FEATURES")
SETS = {"amx_tile": "AMX", "avx512f": "AVX-512", "avx2": "AVX2", "avx": "AVX", "asimd": "NEON"}  # best first


def instruction_set(cpuinfo=Path("/proc/cpuinfo"), environment=os.environ):
    """The best vector instructions that the processor has, and what forces others: 'AVX-512 (native)', or
    'AVX-512 (forced: ONEDNN_MAX_CPU_ISA=AVX2)'."""
    flags = cpuinfo.read_text(errors="replace").split() if cpuinfo.is_file() else []
    found = next((name for flag, name in SETS.items() if flag in flags), "instruction set unknown")
    forced = " ".join(f"{name}={environment[name]}" for name in FORCING if environment.get(name))
    return f"{found} ({f'forced: {forced}' if forced else 'native'})"


def wide(instructions):
    """The row of targets for this processor: 'AVX-512', or 'AVX2' for what has less or is forced to use less."""
    return "AVX-512" if instructions.startswith(("AVX-512", "AMX")) and "AVX2" not in instructions else "AVX2"


def meets(value, target):
    """Whether a value meets a target such as '>= 150' or '<= 0.1'; None where there is no target."""
    if not target:
        return None
    sign, bound = target.split()
    return value >= float(bound) if sign == ">=" else value <= float(bound)


def main(names):
    names = ["peers" if name == "--peers" else name for name in names]
    names = [*MODULES, "peers"] if names == ["peers"] else names
    unknown = set(names) - {*MODULES, "peers"}
    if unknown:
        raise SystemExit(f"no benchmark is called {', '.join(sorted(unknown))}; there are {', '.join(MODULES)} "
                         "and --peers")
    machine = {"device": device(), "cores": cores(), "processor": platform.machine(),
               "instructions": instruction_set(), "system": platform.system(), "python": platform.python_version()}
    print(" · ".join(map(str, machine.values())))
    table = []
    for name in names or MODULES:
        for what, value, unit, target in importlib.import_module(f"benchmarks.{name}").rows():
            target = target[wide(machine["instructions"])] if isinstance(target, dict) else target
            met = meets(value, target)
            table.append({"benchmark": name, "what": what, "value": value, "unit": unit, "target": target, "met": met})
            verdict = "" if met is None else "met" if met else "MISSED"
            print(f"{what:60} {value:10.3g} {unit:11} {target:8} {verdict}", flush=True)
    out = Path("build/bench.json")
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps({"machine": machine, "rows": table}, indent=1) + "\n", encoding="utf-8")
    print(f"written to {out}")


if __name__ == "__main__":
    main(sys.argv[1:])
