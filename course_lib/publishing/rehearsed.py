"""The kernel's side of `make present`: a slow cell shows at once what it showed in the rehearsal.

Such a cell of the copy begins with a comment, MARK. When it is run, this extension shows the outputs of the rehearsal
and brings back all variables as they were after the cell. Without the comment, with any other change of the cell, or
in a kernel that was restarted, the cell runs as always.
"""
import json

MARK = "# From the rehearsal"


def marked(source, seconds):
    """A cell's source below the line that makes it answer from the rehearsal."""
    return f"{MARK}: {seconds:.0f} s. Delete this line to run the cell.\n{source}"


class Rehearsal:
    """What slow cells showed and left behind, by their source."""

    def __init__(self, shell):
        self.shell, self.kept = shell, {}

    def keep(self, path):
        """Takes what the cell just run left: a JSON file says its source and its outputs."""
        with open(path, encoding="utf-8") as file:
            cell = json.load(file)
        names = {name: value for name, value in self.shell.user_ns.items()
                 if not name.startswith("_") and name not in self.shell.user_ns_hidden}
        self.kept[cell["source"].rstrip()] = names, cell["outputs"]

    def replaced(self, lines):
        """IPython's input transformer: a marked cell that is known becomes one line that shows it."""
        source = "".join(lines[1:]).rstrip()
        if lines and lines[0].startswith(MARK) and source in self.kept:
            return [f"get_ipython().rehearsal.show({source!r})\n"]
        return lines

    def show(self, source):
        """Shows a kept cell's outputs and brings its variables back."""
        from IPython.display import publish_display_data

        names, outputs = self.kept[source]
        for output in outputs:
            if output["output_type"] == "stream":
                print(output["text"], end="", flush=True)
            else:
                publish_display_data(output["data"], output["metadata"])
        self.shell.user_ns.update(names)


def load_ipython_extension(shell):
    """What `%load_ext course_lib.publishing.rehearsed` does."""
    shell.rehearsal = Rehearsal(shell)
    shell.input_transformers_cleanup.append(shell.rehearsal.replaced)
