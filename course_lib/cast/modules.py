"""The renderer's stages as files: traced once, stored as StableHLO, and called again without tracing. Lesson 00.

Tracing the stages and converting them for XLA takes some ten seconds of processor time in every process that renders.
What comes out of it is the same each time, so `course compile` stores it.
"""
import json

import tensorflow as tf

OUTPUTS = "stages.json"


def store(folder, stages, arguments, columns):
    """Trace stages and write them down.

    Args:
        folder: Path.
        stages: Dict of name -> tf.function.
        arguments: Dict of name -> what the stage is called with.
        columns: Function that gives the formulas of the packed matrix's columns, called after tracing.
    """
    listed = {}
    for name, given in arguments.items():
        module = stages[name].experimental_get_compiler_ir(*given)(stage="stablehlo_serialized")
        (folder / f"{name}.mlir").write_bytes(module)
        result = stages[name].get_concrete_function(*given).structured_outputs
        listed[name] = {
            "keys": sorted(result) if isinstance(result, dict) else None,
            "single": tf.is_tensor(result),
            "shapes": [tensor.shape.as_list() for tensor in tf.nest.flatten(result)],
        }
    known = {"stages": listed, "columns": columns()}
    (folder / OUTPUTS).write_text(json.dumps(known), encoding="utf-8")


def load(folder, restore):
    """The stages that `store` wrote.

    Args:
        folder: Path.
        restore: Function of the formulas of the columns.
    Returns:
        Dict of name -> tf.function.
    """
    known = json.loads((folder / OUTPUTS).read_text(encoding="utf-8"))
    restore(known["columns"])
    return {name: _function((folder / f"{name}.mlir").read_bytes(), **listed)
            for name, listed in known["stages"].items()}


def _function(module, keys, single, shapes):
    from tensorflow.compiler.tf2xla.python import xla

    def call(*arguments):
        flat = xla.call_module(tf.nest.flatten(arguments), version=5, module=module, Sout=shapes,
                               Tout=[tf.float32] * len(shapes), platforms=("CPU",))
        return dict(zip(keys, flat, strict=True)) if keys else flat[0] if single else flat

    return tf.function(call, jit_compile=True, autograph=False)
