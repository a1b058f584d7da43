"""Kernels that start at once, for the tests of the pages: forks of one process that has imported what pages import.

The import of TensorFlow and Keras is most of a kernel's start, and fifty pages would each pay for it. Linux only:
elsewhere a fork is not safe, and kernels start as ever.
"""
import os
import sys
from importlib.metadata import EntryPoint
from multiprocessing import forkserver, get_context, resource_tracker

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

# None of them computes anything at import: TensorFlow's threads begin with its first operation, in the fork.
IMPORTED = ["course_lib", "keras", "scipy.stats", "ipykernel.kernelapp", "ipywidgets", "course_lib.show",
            "course_lib.exercises", "course_lib.pipelines"]
# As ipykernel sets it; Matplotlib reads it once.
DRAWS = {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
GROUP = "jupyter_client.kernel_provisioners"


def use():
    """Have all kernels that this process starts from now on be forks of a process that it starts now.

    Returns:
        Whether that is possible here.
    """
    if sys.platform != "linux":
        return False
    get_context("forkserver").set_forkserver_preload(IMPORTED)
    before = {name: os.environ.get(name) for name in DRAWS}
    os.environ.update(DRAWS)
    try:
        forkserver.ensure_running()
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})
    factory = KernelProvisionerFactory.instance()
    factory.provisioners["forked"] = EntryPoint("forked", f"{__name__}:Provisioner", GROUP)
    factory.default_provisioner_name = "forked"
    return True


class Provisioner(LocalProvisioner):
    """Starts a kernel as a fork; all else is jupyter_client's."""

    async def launch_kernel(self, cmd, env=None, cwd=None, **_):
        """Start the kernel.

        Args:
            cmd: the command that would start it: python -m ipykernel_launcher and its arguments.
            env, cwd: environment and folder of the kernel.
        Returns:
            The information on its connection.
        """
        self.process = _Process(cmd[cmd.index("ipykernel_launcher") + 1:], dict(env or os.environ), cwd)
        self.pid = self.pgid = self.process.pid
        return self.connection_info


class _Process:
    """A forked kernel with as much of subprocess.Popen as LocalProvisioner asks for."""

    stdin = stdout = stderr = None

    def __init__(self, arguments, env, cwd):
        self.process = get_context("forkserver").Process(target=_kernel, args=(arguments, env, cwd), daemon=True)
        self.process.start()
        self.pid, self.kill, self.terminate = self.process.pid, self.process.kill, self.process.terminate

    def poll(self):
        return self.process.exitcode

    def wait(self):
        self.process.join()
        return self.process.exitcode

    def send_signal(self, signum):
        os.kill(self.pid, signum)


def _kernel(arguments, env, cwd):
    os.setsid()  # a group of its own, for signals
    os.environ.clear()
    os.environ.update(env)
    from course_lib import compiled

    compiled.use()  # as the import of course_lib does, which was before this environment
    os.chdir(cwd or ".")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    resource_tracker._resource_tracker._fd = None  # one of its own, as in a fresh process
    sys.argv = ["ipykernel_launcher", *arguments]
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance()
