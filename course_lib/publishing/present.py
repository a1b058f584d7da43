"""A lesson opened for a class: large type, tagged code collapsed, and a kernel that has run the page once already.

`make present LESSON=02` starts JupyterLab on a copy of the lesson. What is slow the first time in a kernel (the
renderer's compilation, TensorFlow's graphs) cannot be kept in a file, so the page is run from top to bottom in the very
kernel that the browser then finds; rendered sets go into the usual cache on the way, and what takes long even so
answers from that run (publishing.rehearsed).
"""
import argparse
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from pathlib import Path

from course_lib.publishing.rehearsed import marked

ROOT = Path(__file__).resolve().parents[2]
HIDE = "hide-input"  # the tag of cells whose code is plumbing: collapsed here, left out of the slides
SLOW = 3  # seconds; a class should not wait for more than five, and the machine may be busier then
WIDGET = "application/vnd.jupyter.widget-view+json"
LINK = re.compile(r"(\]\()(?!\w+:|#)([^)]+\))")


def find_lesson(name, home=ROOT / "notebooks"):
    """The path of the lesson whose file name begins with `name` ('02', '2' or '02_autoencoder_swap').

    Raises ValueError, which lists the lessons, where none or several do.
    """
    lessons = sorted(Path(home).glob("[0-9][0-9]_*.ipynb"))
    wanted = name.zfill(2) if name.isdigit() else name
    found = [path for path in lessons if wanted and path.stem.startswith(wanted)]
    if len(found) != 1:
        raise ValueError(f"LESSON is {name!r}, but must name one of {', '.join(path.stem[:2] for path in lessons)}")
    return found[0]


def read(path):
    """The notebook in a file."""
    import nbformat

    return nbformat.read(path, as_version=4)


def write(book, path):
    """Writes a notebook whole or not at all; folders are made. Returns the path."""
    import nbformat

    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    nbformat.write(book, part)
    part.replace(path)
    return path


def hidden(cell):
    """Whether a cell is tagged as plumbing."""
    return HIDE in cell.metadata.get("tags", [])


def for_class(book, way_back):
    """Collapses the tagged cells of a notebook, and leads its links through `way_back`, where the lesson lies."""
    for cell in book.cells:
        if cell.cell_type == "markdown":
            cell.source = LINK.sub(rf"\g<1>{way_back}/\g<2>", cell.source)
        elif hidden(cell):
            cell.metadata.setdefault("jupyter", {})["source_hidden"] = True
    return book


def environment(token, state):
    """What JupyterLab is started with: the projector's settings before the course's, its own state in a folder."""
    config = [str(ROOT / ".jupyter" / "present"), str(ROOT / ".jupyter"), os.environ.get("JUPYTER_CONFIG_PATH")]
    return os.environ | {"JUPYTER_CONFIG_PATH": os.pathsep.join(filter(None, config)), "JUPYTER_TOKEN": token,
                         "JUPYTERLAB_SETTINGS_DIR": str(state / "settings"),
                         "JUPYTERLAB_WORKSPACES_DIR": str(state / "workspaces")}


class Lab:
    """A JupyterLab of one's own: started, asked through its HTTP interface, and ended with this program.

    state: the folder for its settings and its log. port: None takes a free one. Raises RuntimeError where it does not
    start within a minute.
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
        """GET, or POST where there is a body, and the JSON that comes back."""
        headers = {"Authorization": f"token {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.home}/{what}", json.dumps(body).encode() if body else None, headers)
        return json.loads(urllib.request.urlopen(request, timeout=60).read() or b"null")

    def kernel(self, path):
        """A kernel for the notebook at a path below ROOT: its id and a client. JupyterLab finds it when it opens."""
        from jupyter_client import BlockingKernelClient, find_connection_file

        name = path.relative_to(ROOT).as_posix()
        session = self.ask("api/sessions", path=name, name=path.name, type="notebook", kernel={"name": "python3"})
        client = BlockingKernelClient(connection_file=find_connection_file(f"kernel-{session['kernel']['id']}.json"))
        client.load_connection_file()
        client.start_channels()
        for chance in range(5):  # on a busy machine one missed heartbeat is taken for the kernel's death
            try:
                client.wait_for_ready(timeout=60)
                break
            except RuntimeError:
                if chance == 4:
                    raise
        return session["kernel"]["id"], client

    def address(self, path):
        """Where a browser finds the file, alone on the page."""
        return f"{self.home}/doc/tree/{path.relative_to(ROOT).as_posix()}?token={self.token}"

    def close(self):
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
        """The outputs as they are stored; with the views of widgets for a kernel that still has them."""
        from nbformat import NotebookNode

        return [NotebookNode({key: value for key, value in output.items() if key != "display_id"}) for output in self
                if widgets or WIDGET not in output.get("data", {})]


def rehearse(book, client, folder, say=print):
    """Runs the code cells in order, and says which were slow and which failed; returns [(number, seconds, error)].

    A slow cell gets a first line by which it answers from here when it is run again, and what it showed is kept in the
    book, folded. A cell that fails does not stop the rest: all failures should be known before class. folder: of the
    copy, for what the kernel is told.
    """
    rows, kept = [], folder / "kept.json"
    client.execute_interactive("%load_ext course_lib.publishing.rehearsed", silent=True)
    for number, cell in enumerate(book.cells):
        if cell.cell_type != "code":
            continue
        began, outputs = time.monotonic(), Outputs()
        reply = client.execute_interactive(cell.source, output_hook=outputs, allow_stdin=False)["content"]
        seconds, first = time.monotonic() - began, cell.source.strip().split("\n")[0][:60]
        error = f"{reply['ename']}: {reply['evalue']}" if reply["status"] == "error" else ""
        if error or seconds > SLOW:
            say(f"  {seconds:5.1f} s  {first}{f'   FAILED: {error[:200]}' if error else ''}", flush=True)
        if not error and seconds > SLOW:
            cell.outputs = outputs.finished()
            cell.metadata.setdefault("jupyter", {})["outputs_hidden"] = True
            kept.write_text(json.dumps({"source": cell.source, "outputs": outputs.finished(True)}), encoding="utf-8")
            client.execute_interactive(f"get_ipython().rehearsal.keep({str(kept)!r})", silent=True)
            cell.source = marked(cell.source, seconds)
        rows.append((number, seconds, error))
    kept.unlink(missing_ok=True)
    return rows


def main(argv=None):
    """Opens a lesson for a class; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make present", description="Open a lesson ready for a projector.")
    parser.add_argument("lesson", help="its number, as 02")
    parser.add_argument("--port", type=int, help="a free one, when left out")
    parser.add_argument("--cold", action="store_true", help="do not run the page beforehand")
    parser.add_argument("--no-browser", action="store_true", help="print the address alone")
    options = parser.parse_args(argv)
    state = ROOT / "build" / "present"
    try:
        lesson = find_lesson(options.lesson)
        copy = write(for_class(read(lesson), "../../notebooks"), state / lesson.name)
        lab = Lab(state / "lab", options.port)
    except (OSError, ValueError, RuntimeError) as error:
        print(error)
        return 1
    try:
        if not options.cold:
            print(f"Running {lesson.stem} once, so that nothing is slow in class: a few minutes. Ctrl+C opens it as it "
                  "is.\nThe first run's slow cells:", flush=True)
            number, client = lab.kernel(copy)
            try:
                book = read(copy)
                failed = [row for row in rehearse(book, client, state) if row[2]]
                write(book, copy)
                print(f"{len(failed)} cells failed: see above" if failed else "Every cell ran.",
                      "The slow ones answer from this run at once; without their first line they run again.")
            except KeyboardInterrupt:
                lab.ask(f"api/kernels/{number}/interrupt", now=True)
                print("Stopped: the cells below are as slow as the first time.")
            finally:
                client.stop_channels()
        address = lab.address(copy)
        print(f"Open: {address}\nA copy of the lesson, made anew each time. Do not restart its kernel: it is warm. "
              "Ctrl+C here ends it.", flush=True)
        if not options.no_browser:
            webbrowser.open(address)
        lab.server.wait()
    except KeyboardInterrupt:
        pass
    except RuntimeError as error:
        print(f"The kernel did not start ({error}). Close other programs and try again.")
        return 1
    finally:
        lab.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
