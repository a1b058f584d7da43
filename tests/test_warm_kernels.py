"""Kernels forked from one process: as other kernels, but that the imports are there."""
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from course_lib import compiled

SCRIPT = textwrap.dedent("""
    import os, sys, time
    from jupyter_client.manager import start_new_kernel
    from tests import warm_kernels

    def say(client, code):
        said = []
        client.execute_interactive(code, timeout=60, output_hook=lambda m: said.append(m["content"].get("text", "")))
        return "".join(said)

    if __name__ == "__main__":
        assert warm_kernels.use()
        here = {k: v for k, v in os.environ.items() if k != "TF_XLA_FLAGS"} | {"COURSE_PROFILE": "gpu"}
        kernels = [start_new_kernel(kernel_name="python3", cwd=sys.argv[1], env=here) for _ in range(2)]
        (first, client), (second, other) = kernels
        print(say(client, "import os, sys; print('keras' in sys.modules, os.getcwd(), os.environ['COURSE_PROFILE'])"))
        print(say(client, "from matplotlib import get_backend; print(get_backend(), os.getpgid(0) == os.getpid())"))
        print(say(client, "print(os.environ.get('TF_XLA_FLAGS', ''))"))
        say(client, "x = 1")
        print("x" in say(other, "print(dir())").split("'"))
        other.execute("import time, os\\ntry:\\n print('now')\\n time.sleep(60)\\nexcept BaseException: os._exit(3)")
        while other.get_iopub_msg(timeout=60)["msg_type"] != "stream":
            pass
        second.interrupt_kernel()
        while second.is_alive():
            time.sleep(0.05)
        print(second.provisioner.process.poll())
        first.shutdown_kernel()
        print(first.is_alive())
""")


@pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
def test_a_forked_kernel_has_its_imports_and_for_the_rest_is_as_others_are(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, str(tmp_path / "script.py"), str(tmp_path)], capture_output=True, text=True,
                          env=os.environ | {"PYTHONPATH": str(root)}, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    flags = compiled._flags(compiled.folder(), compiled.READ_ONLY) if compiled.ready() else ""
    assert done.stdout.split("\n") == [
        f"True {tmp_path} gpu", "", "module://matplotlib_inline.backend_inline True", "",
        flags, "", "False", "3", "False", ""]
