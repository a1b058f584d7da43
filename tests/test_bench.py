"""What `make bench` says of the machine."""
import pytest

from benchmarks.__main__ import instruction_set, wide


@pytest.mark.parametrize("flags, environment, says", [
    ("fpu avx avx2 fma", {}, "AVX2 (native)"),
    ("avx avx2 avx512f amx_tile", {"XLA_FLAGS": ""}, "AMX (native)"),
    ("avx avx2 avx512f", {"ONEDNN_MAX_CPU_ISA": "AVX2"}, "AVX-512 (forced: ONEDNN_MAX_CPU_ISA=AVX2)"),
    ("fp asimd", {"TF_ENABLE_ONEDNN_OPTS": "0"}, "NEON (forced: TF_ENABLE_ONEDNN_OPTS=0)"),
    (None, {}, "instruction set unknown (native)"),
])
def test_the_instruction_set_and_what_forces_another(tmp_path, flags, environment, says):
    cpuinfo = tmp_path / "cpuinfo"
    if flags:
        cpuinfo.write_text(f"flags : {flags}\n")
    assert instruction_set(cpuinfo, environment) == says


def test_targets_are_those_of_the_instructions_in_use():
    assert wide("AMX (native)") == wide("AVX-512 (native)") == "AVX-512"
    assert wide("AVX2 (native)") == wide("AVX-512 (forced: ONEDNN_MAX_CPU_ISA=AVX2)") == wide("NEON (native)") == "AVX2"
