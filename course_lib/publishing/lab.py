"""A JupyterLab controlled from a program, and a kernel's outputs as a notebook shows them."""
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WIDGET = "application/vnd.jupyter.widget-view+json"


def environment(token, state):
    """Make JupyterLab's environment: the projector's settings before the course's.

    Args:
        token: for access.
        state: Path of the folder for its settings.
    Returns:
        A dict of environment variables.
    """
    config = [str(ROOT / ".jupyter" / "present"), str(ROOT / ".jupyter"), os.environ.get("JUPYTER_CONFIG_PATH")]
    return os.environ | {"JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, config)), "JUPYTER_TOKEN": token,
                         "JUPYTERLAB_SETTINGS_DIR": str(state / "settings"),
                         "JUPYTERLAB_WORKSPACES_DIR": str(state / "workspaces")}


class Lab:
    """A JupyterLab that is controlled through its HTTP interface and ends with this program.

    Args:
        state: Path of the folder for its settings and its log.
        port: a free one when left out.
    Raises:
        RuntimeError: when it does not start within a minute.
    """

    def __init__(self, state, port=None):
        if port is None:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
        self.token, self.home, log = secrets.token_hex(16), f"http://127.0.0.1:{port}", state / "jupyterlab.log"
        state.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.ip=127.0.0.1", f"--port={port}",
                   "--ServerApp.port_retries=0", f"--ServerApp.root_dir={ROOT}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--allow-root")
        with log.open("w") as file:  # in a session of its own: Ctrl+C is for this program
            self.server = subprocess.Popen(command, env=environment(self.token, state), stdout=file, stderr=file,
                                           start_new_session=os.name == "posix")
        for _ in range(120):
            try:
                self.ask("api/status")
                return
            except (urllib.error.URLError, OSError):
                if self.server.poll() is not None:
                    break
                time.sleep(0.5)
        self.close()
        raise RuntimeError(f"JupyterLab did not start on port {port}; {log} says why")

    def ask(self, what, **body):
        """GET, or POST where there is a body.

        Args:
            what: path below the server.
        Returns:
            The JSON of the response.
        """
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.home}/{what}", json.dumps(body).encode() if body else None, headers)
        return json.loads(urllib.request.urlopen(request, timeout=60).read() or b"null")

    def kernel(self, path):
        """Start a kernel for a notebook; JupyterLab finds it when it opens the file.

        Args:
            path: Path below ROOT.
        Returns:
            (id of the kernel, jupyter_client.BlockingKernelClient).
        """
        from jupyter_client import BlockingKernelClient, find_connection_file

        name = path.relative_to(ROOT).as_posix()
        session = self.ask("api/sessions", path=name, name=path.name, type="notebook", kernel={"name": "python3"})
        client = BlockingKernelClient(connection_file=find_connection_file(f"kernel-{session['kernel']['id']}.json"))
        client.load_connection_file()
        client.start_channels()
        for attempt in range(5):  # on a busy machine one missed heartbeat is taken for the kernel's death
            try:
                client.wait_for_ready(timeout=60)
                break
            except RuntimeError:
                if attempt == 4:
                    raise
        return session["kernel"]["id"], client

    def address(self, path):
        """Make the address at which a browser shows a file alone.

        Args:
            path: Path below ROOT.
        Returns:
            URL.
        """
        return f"{self.home}/doc/tree/{path.relative_to(ROOT).as_posix()}?token={self.token}"

    def close(self):
        """End the server."""
        self.server.terminate()
        try:
            self.server.wait(20)
        except subprocess.TimeoutExpired:
            self.server.kill()


class Outputs(list):
    """The outputs of one cell, gathered from a kernel's messages as a notebook shows them."""

    def __call__(self, message):
        from nbformat.v4 import output_from_msg

        kind, content = message["msg_type"], message["content"]
        name = content.get("transient", {}).get("display_id")
        if kind == "clear_output":
            self.clear()
        elif kind == "update_display_data":
            for output in self:
                if name and output.get("display_id") == name:
                    output["data"] = content["data"]
        elif kind == "stream" and self and self[-1].get("name") == content["name"]:
            self[-1]["text"] += content["text"]
        elif kind in ("stream", "display_data", "execute_result", "error"):
            self.append(output_from_msg(message) | ({"display_id": name} if name else {}))

    def finished(self, widgets=False):
        """Convert the outputs to what a notebook stores.

        Args:
            widgets: whether views of widgets stay, for a kernel that still has them.
        Returns:
            List of nbformat outputs.
        """
        from nbformat import NotebookNode

        return [NotebookNode({key: value for key, value in output.items() if key != "display_id"}) for output in self
                if widgets or WIDGET not in output.get("data", {})]
